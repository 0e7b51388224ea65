import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markersOf, serviceOf } from '../../../../scenarios/infrastructure/flows/flow.ts';
import { judgeFlows } from '../../../../scenarios/infrastructure/flows/judge-flows.ts';
import { readFlows } from '../../../../scenarios/infrastructure/flows/read-flows.ts';
import { describeStorm, deviationsOf, type StormOutcome } from './describe-storm.ts';
import { runStorm } from './run-storm.ts';
import { type PlannedFlow, startFlows } from './start-flows.ts';
import { openStormPlatform, openUsers } from './storm-platform.ts';
import { watchEnds } from './watch-ends.ts';

/** Maximum time for the flows to end after the storm, milliseconds. */
const calmMs = 300_000;

export interface StormOptions {
  seed: number;
  sagas: number;
  runs: number;
  /** Steps of each flow. */
  steps: number;
  /** Maximum duration of the storm; it is over when all flows have ended. */
  minutes: number;
}

/** Starts flows in a storm, counts in the database, and prints the outcome. @returns all deviations */
export async function proveStorm({ seed, sagas, runs, steps, minutes }: StormOptions): Promise<string[]> {
  await using platform = await openStormPlatform(Object.values(serviceOf));
  const { stack, database, signal } = platform;
  if (!stack.restarts) throw new Error('the platform cannot restart its nodes');
  const users = await openUsers(platform, steps);
  const flows = Array.from({ length: Math.max(sagas, runs) }, (_none, index): PlannedFlow[] =>
    [...(index < sagas ? (['saga'] as const) : []), ...(index < runs ? (['run'] as const) : [])].map(
      (kind) => ({ flow: { kind, key: `${kind}-${seed}-${index}`, steps }, ...users.at(index) }),
    ),
  ).flat();
  const startMs = performance.now();
  const ids: string[] = [];
  const starting = startFlows({
    flows,
    urlsOf: platform.urlsOf,
    confirmed: ({ id }) => ids.push(id),
    signal,
  });
  const limit = new AbortController();
  const ends = watchEnds({
    database,
    ids,
    all: starting,
    signal: AbortSignal.any([limit.signal, signal]),
  });
  const storm = await runStorm({
    seed,
    restarts: stack.restarts,
    targets: Object.values(serviceOf).flatMap((service) => [service, `${service}-2`]),
    inFlight: ends.inFlight,
    print: (line) => console.log(line),
    over: AbortSignal.any([AbortSignal.timeout(minutes * 60_000), abortAfter(ends.ended)]),
    signal,
  });
  const calm = setTimeout(() => limit.abort(), calmMs);
  const [starts, endedAtMs = performance.now()] = await Promise.all([starting, ends.ended]);
  clearTimeout(calm);
  const { confirmed } = starts;
  const seen = await readFlows(database, users.tables);
  const outcome: StormOutcome = {
    starts,
    storm,
    findings: judgeFlows(confirmed, seen),
    ends: Map.groupBy(confirmed, ({ kind, id }) => `${kind} ${seen.states.get(id) ?? 'lost'}`)
      .entries()
      .reduce((counts, [end, list]) => counts.set(end, list.length), new Map<string, number>()),
    effects: {
      expected: confirmed.flatMap(markersOf).length,
      counted: [...seen.effects.values()].reduce((sum, count) => sum + count, 0),
    },
    exited: stack.exited().map(({ node, reason }) => `${node} ${reason}`),
    durationMs: endedAtMs - startMs,
  };
  const deviations = deviationsOf(outcome);
  await writeFile(join(platform.runDir, 'deviations.txt'), deviations.map((one) => `${one}\n`).join(''));
  console.log(describeStorm(outcome));
  console.log(`Logs: ${platform.runDir}/logs`);
  return deviations;
}

function abortAfter(promise: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void promise.finally(() => controller.abort());
  return controller.signal;
}
