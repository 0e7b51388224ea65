import { PassThrough, type Readable } from 'node:stream';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import { findContainers } from '../../compose/adopt/find-project.ts';
import type { ProjectContainer } from '../../compose/adopt/project-container.ts';
import type { Docker } from '../../testcontainers/docker.ts';
import { findEngine } from '../../testcontainers/engine.ts';
import type { LogSource } from './log-source.ts';

/** The output of one container while it runs. */
interface Followed {
  /** What was not read yet. */
  pending: string;
  /** Milliseconds since 1970 at which the output ended; undefined while it goes on. */
  endedMs: number | undefined;
  output: Readable;
}

/** Reads the logs of a compose project's services from the container engine of this machine. */
export async function openComposeLogs(project: string): Promise<LogSource> {
  const { client } = await findEngine();
  const docker = client.container.dockerode;
  /** By service, then by the id of the container. */
  const services = new Map<ServiceName, Map<string, Followed>>();
  return {
    async read(service) {
      const known = services.get(service);
      const followed = known ?? new Map<string, Followed>();
      services.set(service, followed);
      let output = '';
      for (const one of followed.values()) {
        output += one.pending;
        one.pending = '';
      }
      // A container that was started, restarted or replaced has new output.
      const all = [...followed.values()];
      if (all.length === 0 || all.some(({ endedMs }) => endedMs !== undefined)) {
        const containers = await findContainers(docker, project, service);
        if (!known && containers.length === 0)
          throw new Error(`the compose project ${project} has no container of ${service}`);
        await followContainers(docker, containers, followed);
      }
      return output;
    },
    close() {
      for (const followed of services.values()) for (const { output } of followed.values()) output.destroy();
    },
  };
}

/** Follows the running containers that are not followed yet. */
async function followContainers(
  docker: Docker,
  containers: readonly ProjectContainer[],
  followed: Map<string, Followed>,
): Promise<void> {
  const first = followed.size === 0;
  const endedMs = [...followed.values()].flatMap((one) => one.endedMs ?? []);
  for (const { id, running, terminal } of containers) {
    const known = followed.get(id);
    if (!running || (known && known.endedMs === undefined)) continue;
    const output = (await docker.getContainer(id).logs({
      follow: true,
      stdout: true,
      stderr: true,
      // At first only what comes; later also what a new container wrote before it was found.
      ...(first ? { tail: 0 } : { since: Math.min(...endedMs) / 1_000 }),
    })) as unknown as Readable;
    followed.set(id, follow(docker, output, terminal));
  }
  // A container that was replaced does not come back.
  for (const [id, { endedMs: ended, pending }] of followed)
    if (ended !== undefined && pending === '' && !containers.some((one) => one.id === id))
      followed.delete(id);
}

function follow(docker: Docker, output: Readable, terminal: boolean): Followed {
  const followed: Followed = { pending: '', endedMs: undefined, output };
  const text = new PassThrough();
  text.setEncoding('utf8').on('data', (chunk: string) => {
    followed.pending += chunk;
  });
  if (terminal) output.pipe(text, { end: false });
  else docker.modem.demuxStream(output, text, text);
  output.on('error', () => output.destroy());
  output.once('close', () => {
    followed.endedMs = Date.now();
  });
  output.once('end', () => output.destroy());
  return followed;
}
