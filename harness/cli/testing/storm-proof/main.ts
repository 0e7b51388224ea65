import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markersOf, serviceOf } from '../../../../scenarios/infrastructure/flows/flow.ts';
import { judgeFlows } from '../../../../scenarios/infrastructure/flows/judge-flows.ts';
import { readFlows } from '../../../../scenarios/infrastructure/flows/read-flows.ts';
import { watchEnds } from './await-ends.ts';
import { describeStorm, deviationsOf, type StormOutcome } from './describe-storm.ts';
import { runStorm } from './run-storm.ts';
import { type PlannedFlow, startFlows } from './start-flows.ts';
import { openStormPlatform } from './storm-platform.ts';

/**
 * Proves that sagas and runs of workflows survive a storm:
 * `npm run prove:storm -- [--seed <n>] [--sagas 500] [--runs 500] [--steps 4] [--minutes 3]`.
 * Boots the platform with two processes of saga-service and two of automation-services, and starts flows at all four.
 * Meanwhile one of the four is killed every 2 to 5 s, and Redis and PostgreSQL are restarted once each, until all
 * flows have ended or the minutes are over. Then counts in the database. Exit code 1 with every deviation, 2 for bad
 * arguments. The run folder has the logs of all processes.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    sagas: { type: 'string', default: '500' },
    runs: { type: 'string', default: '500' },
    steps: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '3' },
  },
});
/** Users, each in a tenant of their own. */
const users = 10;
/** Maximum time for the flows to end after the storm, milliseconds. */
const calmMs = 300_000;

const numbers = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [name, Number(value)]),
) as Record<keyof typeof values, number>;
const wrong = Object.entries(numbers).find(
  ([name, value]) => !Number.isSafeInteger(value) || value < (name === 'seed' ? 0 : 1),
);
if (wrong === undefined) process.exitCode = await prove();
else {
  console.error(`--${wrong[0]} ${values[wrong[0] as keyof typeof values]} is not a whole number above 0`);
  process.exitCode = 2;
}

async function prove(): Promise<number> {
  const { seed, sagas, runs, steps, minutes } = numbers;
  console.log(`seed ${seed}: ${sagas} sagas and ${runs} runs of ${steps} steps`);
  await using platform = await openStormPlatform(Object.values(serviceOf));
  const { stack, database, signal } = platform;
  const { restarts } = stack;
  if (!restarts) throw new Error('the platform cannot restart its nodes');
  const opened = await Promise.all(
    Array.from({ length: users }, (_none, index) => platform.openUser(`user-${index}`, steps)),
  );
  const flows = Array.from({ length: sagas + runs }, (_none, index): PlannedFlow => {
    const kind = index % 2 === 0 ? index / 2 < sagas : (index - 1) / 2 >= runs;
    const user = opened[Math.floor(index / 2) % users];
    if (!user) throw new Error('there is no user');
    return { flow: { kind: kind ? 'saga' : 'run', key: `flow-${seed}-${index}`, steps }, ...user };
  });
  const startMs = performance.now();
  const ids: string[] = [];
  const limit = new AbortController();
  const starting = startFlows({
    flows,
    urlsOf: platform.urlsOf,
    confirmed: ({ id }) => ids.push(id),
    signal,
  });
  const ends = watchEnds({
    database,
    ids,
    all: starting,
    signal: AbortSignal.any([limit.signal, signal]),
  });
  const over = AbortSignal.any([AbortSignal.timeout(minutes * 60_000), abortAfter(ends.ended)]);
  const storm = await runStorm({
    seed,
    restarts,
    targets: Object.values(serviceOf).flatMap((service) => [service, `${service}-2`]),
    inFlight: ends.inFlight,
    print: (line) => console.log(line),
    over,
    signal,
  });
  const calm = setTimeout(() => limit.abort(), calmMs);
  const [starts, endedAtMs = performance.now()] = await Promise.all([starting, ends.ended]);
  clearTimeout(calm);
  const tables = opened.map(({ place }) => place.tableId);
  const seen = await readFlows(database, tables);
  const outcome: StormOutcome = {
    starts,
    storm,
    findings: judgeFlows(starts.confirmed, seen),
    ends: Map.groupBy(starts.confirmed, ({ kind, id }) => `${kind} ${seen.states.get(id) ?? 'lost'}`)
      .entries()
      .reduce((counts, [end, list]) => counts.set(end, list.length), new Map<string, number>()),
    effects: {
      expected: starts.confirmed.flatMap(markersOf).length,
      counted: [...seen.effects.values()].reduce((sum, count) => sum + count, 0),
    },
    exited: stack.exited().map(({ node, reason }) => `${node} ${reason}`),
    durationMs: endedAtMs - startMs,
  };
  const deviations = deviationsOf(outcome);
  await writeFile(join(platform.runDir, 'deviations.txt'), deviations.map((one) => `${one}\n`).join(''));
  console.log(describeStorm(outcome));
  for (const deviation of deviations) console.error(deviation);
  console.log(`${deviations.length} deviations (seed ${seed}; ${platform.runDir})`);
  return deviations.length === 0 ? 0 : 1;
}

function abortAfter(promise: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void promise.finally(() => controller.abort());
  return controller.signal;
}
