import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { measureKill, type Recovery, recoveries } from './measure-kill.ts';
import { proveStorm } from './prove-storm.ts';

/**
 * Proves that sagas and runs of workflows survive a storm:
 * `npm run prove:storm -- [--seed <n>] [--sagas 500] [--runs 500] [--steps 4] [--minutes 3]`.
 * Boots the platform with two processes of saga-service and two of automation-services, and starts flows at all four.
 * Meanwhile one of the four is killed every 2 to 5 s, and Redis and PostgreSQL are restarted once each, until all
 * flows have ended or the minutes are over. Then counts in the database. The run folder has the logs of all processes.
 *
 * `npm run prove:storm -- --one-kill take-over|restart [--sagas 150] [--steps 4]` kills saga-service once, with sagas
 * in flight, and measures until all have ended: by the other process, or by the restart of the only one.
 *
 * Exit code 1 with every deviation, 2 for bad arguments.
 */
const { values } = parseArgs({
  options: {
    'one-kill': { type: 'string' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    sagas: { type: 'string' },
    runs: { type: 'string', default: '500' },
    steps: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '3' },
  },
});
const { 'one-kill': recovery, sagas = recovery === undefined ? '500' : '150', ...others } = values;
const given = { ...others, sagas };
const numbers = Object.fromEntries(
  Object.entries(given).map(([name, value]) => [name, Number(value)]),
) as Record<keyof typeof given, number>;
const problem = problemOf();
if (problem === undefined) process.exitCode = await prove();
else {
  console.error(problem);
  process.exitCode = 2;
}

function problemOf(): string | undefined {
  for (const [name, value] of Object.entries(numbers)) {
    const text = `--${name} ${given[name as keyof typeof given]}`;
    if (!Number.isSafeInteger(value) || value < 0) return `${text} is not a whole number`;
    if (value === 0 && name !== 'seed') return `${text} is not above 0`;
  }
  if (recovery !== undefined && !recoveries.includes(recovery as Recovery))
    return `--one-kill ${recovery} is not one of: ${recoveries.join(', ')}`;
  return undefined;
}

async function prove(): Promise<number> {
  const { seed, sagas, runs, steps } = numbers;
  if (recovery === undefined) console.log(`seed ${seed}: ${sagas} sagas and ${runs} runs of ${steps} steps`);
  const deviations =
    recovery === undefined
      ? await proveStorm(numbers)
      : await measureKill({ recovery: recovery as Recovery, sagas, steps });
  for (const deviation of deviations) console.error(deviation);
  console.log(`${deviations.length} deviations`);
  return deviations.length === 0 ? 0 : 1;
}
