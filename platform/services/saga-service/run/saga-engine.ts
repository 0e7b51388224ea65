import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { insertSaga, type NewSaga } from '../store/insert-saga.ts';
import { claimSaga, releaseLeases, renewLeases } from '../store/leases.ts';
import { type EndRequest, requestEnd } from '../store/request-end.ts';
import type { SagaKey, SagaRow } from '../store/saga-row.ts';
import { createActiveSagas } from './active-sagas.ts';
import type { SagaMetrics } from './saga-metrics.ts';
import type { RunDeps, SagaRun, SagaSecrets } from './saga-run.ts';
import { LeaseLost, Stopping, StopRequested } from './saga-signals.ts';

export interface EngineOptions extends Omit<RunDeps, 'closing'> {
  database: Database;
  /** Notifies other processes about a saga. May fail, since they also poll. */
  notify(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): Promise<void>;
  metrics: SagaMetrics;
  /** Maximum number of sagas that this process runs at the same time; others wait. */
  maxConcurrent: number;
  /** Maximum number of unfinished sagas of one tenant in this process; further ones are rejected. */
  maxPerTenant: number;
}

export interface SagaEngine {
  /**
   * Stores a saga and runs it; resolves as soon as it is stored.
   * @throws ProblemError `rate_limited` or `conflict`
   */
  begin(saga: NewSaga, secrets: SagaSecrets): Promise<SagaRow>;
  /** Requests the end of a saga, or undoes one that has ended. @throws ProblemError `not_found` or `conflict` */
  end(key: SagaKey, request: EndRequest, secrets: SagaSecrets): Promise<void>;
  /** Handles a notification about a saga that this process may run. */
  wake(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): void;
  /** Claims abandoned sagas while there is capacity. */
  claim(): Promise<void>;
  /** Renews the leases of this process and abandons the sagas whose lease was lost. */
  renew(): Promise<void>;
  /** Abandons sagas whose rows are erased. */
  abandonAll(matches: (key: SagaKey) => boolean): void;
  /** Starts claiming and renewing at intervals. */
  start(): void;
  /** Resolves when no saga runs or waits. */
  idle(): Promise<void>;
  /** Gives running calls a grace period, then releases all leases. */
  close(): Promise<void>;
}

/** Interval of claiming, milliseconds. */
const claimMs = 5_000;
/** Interval of renewing leases, milliseconds; a third of their duration. */
const renewMs = 10_000;
/** Grace period for running calls while the process ends, milliseconds. */
const graceMs = 4_000;

/** Runs the sagas that this process starts, and those it claims from processes that ended. */
export function createSagaEngine(options: EngineOptions): SagaEngine {
  const { database, clock, log, journal } = options;
  const closing = new AbortController();
  const active = createActiveSagas({ ...options, closing: closing.signal });
  const timers: (() => void)[] = [];

  /** Runs in the background and logs a failure. */
  const inBackground = (work: () => Promise<void>, failure: string) =>
    void work().catch((error: unknown) => log.warn({ err: describeFailure(error) }, failure));

  async function checkForChanges(run: SagaRun): Promise<void> {
    const reason = await journal.stopReason(run.lease);
    if (reason !== null) run.stop.abort(new StopRequested(reason));
    run.wake();
  }

  const wakeRun = (run: SagaRun) =>
    inBackground(() => checkForChanges(run), 'changes of a saga could not be read');

  async function claim(): Promise<void> {
    while (!closing.signal.aborted && active.hasCapacity()) {
      const lease = await claimSaga(database);
      if (lease === undefined) return;
      log.info({ saga_id: lease.sagaId, tenant_id: lease.tenantId }, 'abandoned saga claimed');
      active.run(lease);
    }
  }

  async function renew(): Promise<void> {
    const runs = active.runs();
    if (runs.length === 0) return;
    const leases = runs.map(({ lease }) => lease.lease);
    const renewed = await renewLeases(database, leases);
    for (const run of runs) {
      if (renewed.has(run.lease.lease)) wakeRun(run);
      else run.abandon.abort(new LeaseLost());
    }
  }

  const wake: SagaEngine['wake'] = (key) => active.runsOf(key).forEach(wakeRun);

  return {
    async begin(saga, secrets) {
      const unfinished = active.runs().filter(({ lease }) => lease.tenantId === saga.tenantId).length;
      if (unfinished >= options.maxPerTenant) {
        throw problem('rate_limited', {
          message: 'This tenant has too many unfinished sagas.',
          headers: { 'retry-after': '5' },
        });
      }
      if (closing.signal.aborted) throw problem('not_ready', { headers: { 'retry-after': '1' } });
      const { row, lease } = await insertSaga(database, clock, saga);
      if (lease !== undefined) afterCommit(() => active.run(lease, secrets));
      return row;
    },

    async end(key, request, secrets) {
      const lease = await requestEnd(database, clock, key, request);
      if (lease !== undefined) {
        afterCommit(() => active.run(lease, secrets));
        return;
      }
      afterCommit(() => {
        wake(key);
        inBackground(() => options.notify(key), 'other processes could not be notified of a saga');
      });
    },

    wake,
    claim,
    renew,

    abandonAll(matches) {
      for (const run of active.runs()) if (matches(run.lease)) run.abandon.abort(new LeaseLost());
    },

    start() {
      const claimInBackground = () => inBackground(claim, 'abandoned sagas could not be claimed');
      claimInBackground();
      timers.push(
        clock.every(claimMs, claimInBackground),
        clock.every(renewMs, () => inBackground(renew, 'leases could not be renewed')),
      );
    },

    idle: active.idle,

    async close() {
      closing.abort(new Stopping());
      for (const stop of timers) stop();
      const runs = active.runs();
      const ended = new AbortController();
      const idle = active.idle().finally(() => ended.abort());
      await clock.sleep(graceMs, ended.signal).catch(() => undefined);
      for (const run of active.runs()) run.abandon.abort(new Stopping());
      await idle;
      // Otherwise other processes would wait for the leases to expire.
      const leases = runs.map(({ lease }) => lease.lease);
      await releaseLeases(database, leases);
    },
  };
}
