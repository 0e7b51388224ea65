import { setTimeout as pause } from 'node:timers/promises';
import type { CheckContext, Restart } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { describeFailure, succeeded, unexplained } from '../restarts/judge-requests.ts';
import { loadRoutes } from '../restarts/load-routes.ts';
import { workflowNames } from '../restarts/restart-nodes.ts';
import { type LoadedRequest, startSteadyLoad } from '../restarts/steady-load.ts';
import { differencesFrom } from './judge-outage.ts';
import { describeRead, openSample, type ReadResult, type Sample, sendReads } from './sample-reads.ts';
import { type PlatformState, readPlatformState, readStates, type ServiceState } from './service-states.ts';

/** How long the load runs before a store stops, milliseconds. */
const steadyMs = 600;
/** Maximum further time until it has confirmed something that the outage may lose, milliseconds. */
const confirmLimitMs = 10_000;
/** Maximum time to wait until everything works again, milliseconds. */
export const healLimitMs = 30_000;
const healPollMs = 100;

export type Store = 'postgres' | 'redis';

/** What was seen while a store was stopped, and after its return. */
export interface StoreOutage {
  store: Store;
  restart: Restart;
  /** The reads before the outage, and the same ones during it. */
  before: readonly ReadResult[];
  during: readonly ReadResult[];
  states: readonly ServiceState[];
  platform: PlatformState | undefined;
  /** Time from the stop of the store until everything worked again, milliseconds; undefined when it did not. */
  healedAfterMs: number | undefined;
  /** What did not work again, at the last look. */
  notHealed: readonly string[];
  /** Requests of the load, and its failures that the outage does not explain. */
  requests: number;
  /** Requests of the load that failed, and the time from the first failure to the end of the last one, milliseconds. */
  failed: number;
  errorsLastedMs: number;
  otherErrors: readonly string[];
  /** Names of confirmed workflows that are gone. */
  lost: readonly string[];
  /** Ids of sessions whose end was confirmed. */
  endedSessions: readonly string[];
}

/** Stops a store under light load, looks at every service and every read, starts it again, and waits until all works. */
export async function stopStore(
  context: CheckContext,
  store: Store,
  alsoWhileDown: () => Promise<void> = async () => undefined,
): Promise<StoreOutage> {
  const { signal, keep } = context;
  const sample = await openSample(context);
  const [reader, writer, before] = await Promise.all([
    context.account(),
    context.account(),
    sendReads(context, sample, sample.reads),
  ]);
  const { routes, confirmed } = loadRoutes(context, { reader, writer });
  let during: readonly ReadResult[] = [];
  let states: readonly ServiceState[] = [];
  let platform: PlatformState | undefined;
  const load = startSteadyLoad(routes, signal);
  let restart: Restart;
  let healing: Healing;
  try {
    await pause(steadyMs, undefined, { signal });
    await pollUntil(
      async () => confirmed,
      ({ workflows, sessions }) => workflows.length > 0 && sessions.length > 0,
      context,
      confirmLimitMs,
    );
    restart = await context.restarts().restart(store, signal, {
      whileDown: async () => {
        [states, platform, during] = await Promise.all([
          readStates(context),
          readPlatformState(context),
          sendReads(context, sample, sample.reads),
          alsoWhileDown(),
        ]);
      },
    });
    healing = await waitUntilHealed(context, sample, before);
    // The load sees the recovery too: failures after the first success count.
    await pause(steadyMs, undefined, { signal });
  } finally {
    await load.stop();
  }
  const failures = load.requests.filter((request) => !succeeded(request));
  const stored = await workflowNames(context, writer);
  const outage: StoreOutage = {
    store,
    restart,
    before,
    during,
    states,
    platform,
    healedAfterMs: healing.atMs === undefined ? undefined : Math.round(healing.atMs - restart.stoppedAtMs),
    notHealed: healing.problems,
    requests: load.requests.length,
    failed: failures.length,
    errorsLastedMs: lastedMs(failures),
    otherErrors: unexplained(load.requests, [{ node: store, restart }]),
    lost: confirmed.workflows.filter((name) => !stored.has(name)),
    endedSessions: confirmed.sessions.map(({ id }) => id),
  };
  const { readyAtMs = restart.exitedAtMs } = restart;
  await keep('outage.json', {
    stopped: store,
    downForMs: Math.round(readyAtMs - restart.exitedAtMs),
    exit: restart.exit,
    failure: restart.failure ?? null,
    healedAfterMs: outage.healedAfterMs ?? null,
    notHealed: [...outage.notHealed],
    services: states.map(({ failed, ...state }) => ({ ...state, failed: [...failed] })),
    platform: platform?.status ?? null,
    requests: outage.requests,
    failed: outage.failed,
    errorsLastedMs: outage.errorsLastedMs,
    usersSaw: counts(failures.map(describeFailure)),
    reads: during.map((result) => `${describeRead(result)} after ${Math.round(result.durationMs)} ms`),
    confirmedWorkflows: confirmed.workflows.length,
    lost: [...outage.lost],
  });
  return outage;
}

export interface Healing {
  /** Of `performance.now()`. */
  atMs?: number;
  problems: readonly string[];
}

/** Waits until every service is ready and every read works as before. */
export async function waitUntilHealed(
  context: CheckContext,
  sample: Sample,
  before: readonly ReadResult[],
): Promise<Healing> {
  const limitAtMs = performance.now() + healLimitMs;
  for (;;) {
    const states = await readStates(context);
    const unready = states
      .filter(({ ready }) => ready !== 200)
      .map(({ service, ready, failed }) => `${service} is not ready: ${ready} ${failed.join(', ')}`);
    const problems =
      unready.length > 0 ? unready : differencesFrom(before, await sendReads(context, sample, sample.reads));
    if (problems.length === 0) return { atMs: performance.now(), problems };
    if (performance.now() > limitAtMs) return { problems };
    await pause(healPollMs, undefined, { signal: context.signal });
  }
}

function lastedMs(failures: readonly LoadedRequest[]): number {
  if (failures.length === 0) return 0;
  const first = Math.min(...failures.map(({ startedAtMs }) => startedAtMs));
  return Math.round(Math.max(...failures.map(({ endedAtMs }) => endedAtMs)) - first);
}

export function counts(texts: readonly string[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const text of texts) counted[text] = (counted[text] ?? 0) + 1;
  return counted;
}
