import { judgeFlows } from '../../../../scenarios/infrastructure/flows/judge-flows.ts';
import { countFlows, readFlows } from '../../../../scenarios/infrastructure/flows/read-flows.ts';
import { type PlannedFlow, startFlows } from './start-flows.ts';
import { openStormPlatform, openUsers } from './storm-platform.ts';
import { watchEnds } from './watch-ends.ts';

/** Who continues the sagas of the killed process: the other one, or the same one after its restart. */
export const recoveries = ['take-over', 'restart'] as const;
export type Recovery = (typeof recoveries)[number];

/** Maximum time for the sagas to end, milliseconds. */
const limitMs = 120_000;
/** All starts are sent at the same time, so that few sagas end before the kill. */
const parallel = 150;
const victim = 'saga-service';

/**
 * Starts sagas, kills the process of saga-service that has confirmed them, and prints how long all of them took to end.
 * @param options.recovery `take-over`: there is a second process, and the killed one stays down
 * @returns all deviations
 */
export async function measureKill(options: {
  recovery: Recovery;
  sagas: number;
  /** Steps of each saga. */
  steps: number;
}): Promise<string[]> {
  const { recovery, sagas, steps } = options;
  await using platform = await openStormPlatform(recovery === 'take-over' ? [victim] : []);
  const { stack, database, signal, urlsOf } = platform;
  if (!stack.restarts) throw new Error('the platform cannot restart its nodes');
  const users = await openUsers(platform, steps);
  const flows = Array.from(
    { length: sagas },
    (_none, index): PlannedFlow => ({
      flow: { kind: 'saga', key: `saga-${index}`, steps },
      ...users.at(index),
    }),
  );
  const ids: string[] = [];
  const starting = startFlows({
    flows,
    urlsOf: (service) => urlsOf(service).slice(0, 1),
    confirmed: ({ id }) => ids.push(id),
    parallel,
    signal,
  });
  const { confirmed, unconfirmed } = await starting;
  const { tables } = users;
  const before = await countFlows(database, { ids, tables });
  const killedAtMs = performance.now();
  const watch = watchEnds({
    database,
    ids,
    all: starting,
    signal: AbortSignal.any([AbortSignal.timeout(limitMs), signal]),
  });
  const killing = stack.restarts.kill(victim, signal, recovery === 'take-over' ? { until: watch.ended } : {});
  const endedAtMs = await watch.ended;
  const { exit, failure, readyAtMs } = await killing;
  const seconds = (atMs: number) => `${((atMs - killedAtMs) / 1_000).toFixed(1)} s`;
  console.log(`${sagas} sagas of ${steps} steps, ${before.unended} in flight with ${before.effects} effects`);
  console.log(`${victim} ${exit}`);
  if (recovery === 'restart' && readyAtMs !== undefined)
    console.log(`ready again after ${seconds(readyAtMs)}`);
  console.log(`all ended after ${endedAtMs === undefined ? 'the time limit' : seconds(endedAtMs)}`);
  const findings = judgeFlows(confirmed, await readFlows(database, tables));
  return [
    ...unconfirmed.map((one) => `not started: ${one}`),
    ...Object.entries<string[]>({ ...findings }).flatMap(([kind, list]) =>
      list.map((one) => `${kind}: ${one}`),
    ),
    ...(failure === undefined ? [] : [`not back: ${failure}`]),
  ];
}
