import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../../engine/instruments/seeded-random.ts';
import { type RuntimeName, runtimeNames } from '../../../run/platform/runtime-name.ts';
import { completeRun, type KillResult, killRound, type Victim, victims } from './kill-round.ts';

/**
 * Proves that a killed harness leaves nothing behind:
 * `npm run prove:kill -- --runtime process|testcontainers|compose [--times 20] [--seed <n>] [--kill harness|group|harness-and-reaper]`.
 * Each round starts a run and kills it with SIGKILL at a random moment of its whole duration. Without `--kill`, every
 * second round kills the harness alone, and the others alternate. Exit code 1 when something was left, 2 for bad
 * arguments.
 */
const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'process' },
    times: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    kill: { type: 'string' },
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
  if (values.kill !== undefined && !victims.includes(values.kill as Victim))
    return `--kill ${values.kill} is not one of: ${victims.join(', ')}`;
  return undefined;
}

function victimOf(round: number): Victim {
  if (values.kill !== undefined) return values.kill as Victim;
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
    const result = await killRound({ runtime, victim: victimOf(kills), atMs: random() * spanMs });
    const { victim, completedMs, goneMs, left } = result;
    if (left.length > 0) failed += 1;
    if (completedMs === undefined) {
      kills += 1;
      // After the kill of harness and reaper, the next start needs most of the time.
      if (victim !== 'harness-and-reaper') slowestMs = Math.max(slowestMs, goneMs);
    } else spanMs = Math.min(spanMs, completedMs);
    console.log(describe(result, `${kills}/${times}`));
  }
  console.log(
    `${kills} kills, ${failed} runs left something; the reaper needed ${seconds(slowestMs)} at most (seed ${seed})`,
  );
  if (kills < times) console.error(`Only ${kills} of ${times} runs could be killed before they ended.`);
  return failed === 0 && kills === times ? 0 : 1;
}

function describe(result: KillResult, count: string): string {
  const { victim, atMs, run, processes, goneMs, left, lastLine, completedMs } = result;
  const state = left.length > 0 ? 'LEFT ' : completedMs === undefined ? 'ok   ' : 'ended';
  return [
    `${state} ${count} ${victim} at ${seconds(atMs)}, ${processes} processes, gone after ${seconds(goneMs)} (${run ?? 'no run yet'}; ${lastLine.trim() || 'no output'})`,
    ...left.map((one) => `        ${one}`),
  ].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
