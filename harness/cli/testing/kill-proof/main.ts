import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../../engine/instruments/seeded-random.ts';
import { type RuntimeName, runtimeNames } from '../../../run/platform/runtime-name.ts';
import { completeRun, type KillResult, killRound, requests, type Victim, victims } from './kill-round.ts';

/** One fault of each way to inject: what it changes would be seen by every run after it, if it stayed. */
const faults = [
  'service.hangs',
  'redis.evicts',
  'service.port-taken',
  'database.read-only',
  'gateway.silent-service',
  'files.cut-uploads',
  'build.missing-shared-package',
  'database.wrong-password',
] as const;

/**
 * Proves that a killed harness leaves nothing behind:
 * `npm run prove:kill -- --runtime process|testcontainers|compose [--times 20] [--seed <n>] [--kill harness|group|harness-and-reaper]
 * [--under-faults]`.
 * Each round starts a run and kills it with SIGKILL at a random moment of its whole duration. Without `--kill`, every
 * second round kills the harness alone, and the others alternate. With `--under-faults`, each round has a fault of
 * another kind in force, every second one is asked to stop instead (Ctrl-C or SIGTERM), and a clean run at the end must
 * be all green. Exit code 1 when something was left, 2 for bad arguments.
 */
const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'process' },
    times: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    kill: { type: 'string' },
    'under-faults': { type: 'boolean', default: false },
  },
});
const times = Number(values.times);
const seed = Number(values.seed);
const problem = problemOf();
if (problem === undefined) process.exitCode = await prove();
else {
  console.error(problem);
  process.exitCode = 2;
}

function problemOf(): string | undefined {
  if (!runtimeNames.includes(values.runtime as RuntimeName))
    return `--runtime ${values.runtime} is not one of: ${runtimeNames.join(', ')}`;
  if (!Number.isSafeInteger(times) || times < 1)
    return `--times ${values.times} is not a whole number above 0`;
  if (!Number.isSafeInteger(seed) || seed < 0) return `--seed ${values.seed} is not a whole number`;
  if (values.kill !== undefined && !victims.some((one) => one === values.kill))
    return `--kill ${values.kill} is not one of: ${victims.join(', ')}`;
  return undefined;
}

function faultOf(round: number): string | undefined {
  return values['under-faults'] ? faults[round % faults.length] : undefined;
}

function victimOf(round: number): Victim {
  if (values.kill !== undefined) return values.kill as Victim;
  if (values['under-faults'] && round % 2 === 1) return requests[((round - 1) / 2) % 2] as Victim;
  if (round % 2 === 0) return 'harness';
  return round % 4 === 1 ? 'group' : 'harness-and-reaper';
}

async function prove(): Promise<number> {
  const runtime = values.runtime as RuntimeName;
  const random = seededRandom(seed, 'kill');
  let spanMs = await completeRun(runtime);
  console.log(`runtime ${runtime}, seed ${seed}: a complete run takes ${seconds(spanMs)}`);
  let kills = 0;
  let failed = 0;
  let slowestMs = 0;
  // A run that ends before its kill does not count, and shows that runs take less time now.
  for (let started = 0; kills < times && started < 2 * times + 5; started += 1) {
    const fault = faultOf(kills);
    const result = await killRound({
      runtime,
      victim: victimOf(kills),
      // Under a fault, the later part of the run is of interest: the fault is in force then.
      atMs: (fault === undefined ? random() : 0.4 + 0.6 * random()) * spanMs,
      ...(fault === undefined ? {} : { fault }),
    });
    const { victim, completedMs, goneMs, left } = result;
    if (left.length > 0) failed += 1;
    if (completedMs === undefined) {
      kills += 1;
      // After the kill of harness and reaper, the next start needs most of the time.
      if (victim !== 'harness-and-reaper') slowestMs = Math.max(slowestMs, goneMs);
    } else spanMs = Math.min(spanMs, completedMs);
    console.log(describe(result, `${kills}/${times}`));
  }
  if (values['under-faults']) await completeRun(runtime);
  console.log(
    `${kills} kills, ${failed} runs left something; the reaper needed ${seconds(slowestMs)} at most (seed ${seed})`,
  );
  if (kills < times) console.error(`Only ${kills} of ${times} runs could be killed before they ended.`);
  return failed === 0 && kills === times ? 0 : 1;
}

function describe(result: KillResult, count: string): string {
  const { victim, atMs, run, processes, goneMs, left, lastLine, completedMs, fault } = result;
  const state = left.length > 0 ? 'LEFT ' : completedMs === undefined ? 'ok   ' : 'ended';
  return [
    `${state} ${count} ${victim}${fault === undefined ? '' : ` under ${fault}`} at ${seconds(atMs)}, ${processes} processes, gone after ${seconds(goneMs)} (${run ?? 'no run yet'}; ${lastLine.trim() || 'no output'})`,
    ...left.map((one) => `        ${one}`),
  ].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
