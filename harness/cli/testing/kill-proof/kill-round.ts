import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RuntimeName } from '../../../run/platform/runtime-name.ts';
import { isRunning } from '../../../runtime/process/process-table.ts';
import { leftInEngine } from './engine-leftovers.ts';
import { leftOnMachine, type Snapshot, takeSnapshot } from './process-leftovers.ts';

const main = resolve(import.meta.dirname, '../../main.ts');

/** What is killed: the harness, its whole process group, or the harness and its reaper. */
export const victims = ['harness', 'group', 'harness-and-reaper'] as const;
/** What people and supervisors do instead: Ctrl-C in a terminal, and the request to stop. */
export const requests = ['interrupt', 'terminate'] as const;
export type Victim = (typeof victims)[number] | (typeof requests)[number];

/** A boot, checks of stores and services, and a browser. */
const selection = [
  'infrastructure.redis',
  'infrastructure.postgres',
  'infrastructure.images',
  'frontend.pages-render',
];
/** Maximum time in which everything of a killed harness is removed, milliseconds. The reaper gives up after 10 s. */
const limitMs = 15_000;
/** The engine completes requests of clients that have gone: time after which the second look is taken, milliseconds. */
const secondLookMs = 1_500;

export interface KillRound {
  runtime: RuntimeName;
  victim: Victim;
  /** Milliseconds from the start of the harness to the kill. */
  atMs: number;
  /** Id of the fault in force meanwhile; default: none. */
  fault?: string;
}

export interface KillResult extends KillRound {
  /** Undefined when the harness was killed before it had one. */
  run: string | undefined;
  /** The last line that the harness printed. */
  lastLine: string;
  /** Number of processes below the harness when it was killed. */
  processes: number;
  /** Milliseconds from the kill until nothing was left, or until the limit. */
  goneMs: number;
  /** Everything that was left, one text each. */
  left: readonly string[];
  /** Duration of a run that had ended before its kill, milliseconds; undefined when it was killed. */
  completedMs: number | undefined;
}

interface Started {
  child: ChildProcess;
  runs: string;
  startedAt: Date;
  output(): string;
}

async function start(
  { runtime, fault }: Pick<KillRound, 'runtime' | 'fault'>,
  only: readonly string[],
): Promise<Started> {
  const runs = await mkdtemp(join(tmpdir(), 'kill-proof-'));
  const startedAt = new Date();
  const child = spawn(
    process.execPath,
    [
      main,
      'run',
      ...['--runtime', runtime],
      ...(fault === undefined ? [] : ['--fault', fault]),
      ...only.flatMap((pattern) => ['--only', pattern]),
    ],
    {
      // Its own process group, which can be killed as a whole.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        CI: 'true',
        NO_COLOR: '1',
        READINESS_RUNS: runs,
        npm_lifecycle_event: undefined,
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return { child, runs, startedAt, output: () => output };
}

/**
 * A complete run, which is not killed: it proves that the command works, and that everything is green after what came
 * before. It removes what earlier runs have left.
 * @returns its duration, milliseconds
 * @throws Error with the output of a run in which a check failed
 */
export async function completeRun(
  runtime: RuntimeName,
  only: readonly string[] = selection,
): Promise<number> {
  const { child, runs, output } = await start({ runtime }, only);
  const startMs = performance.now();
  const [code] = (await once(child, 'close')) as [number | null];
  await rm(runs, { recursive: true, force: true });
  // Checks that were not selected make it not proven; a failed one would be an effect of an earlier round.
  if (code !== 0 && code !== 3)
    throw new Error(`The run was not all green (exit code ${code}):\n${output()}`);
  return performance.now() - startMs;
}

/** Starts a run, kills it at the given time, and looks for what is left. */
export async function killRound(round: KillRound): Promise<KillResult> {
  const { child, runs, startedAt, output } = await start(round, selection);
  const startMs = performance.now();
  let endedMs: number | undefined;
  const closed = once(child, 'close').then(() => {
    endedMs = performance.now() - startMs;
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('The harness did not start.');
  await Promise.race([delay(round.atMs), closed]);
  // A harness that has exited, but whose output is still open, counts as completed too.
  const completed = child.exitCode !== null || endedMs !== undefined;
  const snapshot = takeSnapshot(pid);
  if (!completed) kill(pid, round.victim, snapshot);
  const killedAtMs = performance.now();
  await closed;
  const [run] = await readdir(runs);
  // The next start removes what harness and reaper cannot remove.
  if (round.victim === 'harness-and-reaper') await completeRun(round.runtime, ['services.gateway.ready']);
  const look = (): string[] => [
    ...leftOnMachine(snapshot, run),
    ...(round.runtime !== 'process' && run !== undefined ? leftInEngine(run, startedAt) : []),
  ];
  let left = look();
  let goneMs = performance.now() - killedAtMs;
  while (left.length > 0 && goneMs < limitMs) {
    await delay(50);
    left = look();
    goneMs = performance.now() - killedAtMs;
  }
  await delay(secondLookMs);
  left = [...new Set([...left, ...look()])];
  await rm(runs, { recursive: true, force: true });
  const { length: processes } = snapshot.processes;
  const lastLine = output().trimEnd().split('\n').at(-1) ?? '';
  return { ...round, run, lastLine, processes, goneMs, left, completedMs: completed ? endedMs : undefined };
}

function kill(pid: number, victim: Victim, { reaper }: Snapshot): void {
  if (victim === 'terminate') return void process.kill(pid, 'SIGTERM');
  // A terminal sends Ctrl-C to the whole process group.
  if (victim === 'interrupt') return void process.kill(-pid, 'SIGINT');
  if (victim === 'harness-and-reaper' && reaper && isRunning(reaper)) process.kill(reaper.pid, 'SIGKILL');
  process.kill(victim === 'group' ? -pid : pid, 'SIGKILL');
}
