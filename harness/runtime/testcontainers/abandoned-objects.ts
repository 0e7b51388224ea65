import { hasEnded, RunOwner } from '../folders/run-owner.ts';
import type { Docker } from './docker.ts';

/** Label with the process that a run belongs to, as JSON. */
export const ownerLabel = 'pyairtable-readiness.owner';

type Labels = Readonly<Record<string, string>> | null | undefined;

/**
 * The ids of runs whose harness has ended and whose containers, networks or volumes are still in the engine. The reaper
 * of a run removes them; these are of runs whose reaper was killed too, or whose engine was stopped meanwhile. Objects
 * of a run that may still be running, here or on another machine, are not among them.
 */
export async function findAbandonedRuns(docker: Docker): Promise<string[]> {
  const filters = { label: [ownerLabel] };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const labels: Labels[] = [...containers, ...networks, ...(volumes.Volumes ?? [])].map(
    ({ Labels }) => Labels,
  );
  const owners = new Map(
    labels.flatMap((one) => readOwner(one?.[ownerLabel])).map((one) => [one.runId, one]),
  );
  const ended = await Promise.all(
    [...owners.values()].map(async (owner) => ((await hasEnded(owner)) ? [owner.runId] : [])),
  );
  return ended.flat();
}

/** Nothing for a label of another version. */
function readOwner(label: string | undefined): RunOwner[] {
  try {
    const { data } = RunOwner.safeParse(JSON.parse(label ?? ''));
    return data ? [data] : [];
  } catch {
    return [];
  }
}
