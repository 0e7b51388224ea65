import type { PublishEvent } from '../../../kit/events/publish-event.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { backgroundScope, currentScope, runInScope } from '../../../kit/service/scope.ts';
import { beginSaga, type NewSaga } from '../api/begin-saga.ts';
import { type EndRequest, requestEnd } from '../api/end-saga.ts';
import type { Journal, Lease } from '../store/journal.ts';
import { claimSaga, releaseLeases, renewLeases } from '../store/leases.ts';
import type { SagaKey, SagaRow } from '../store/saga-row.ts';
import type { CallStep } from './call-step.ts';
import type { SagaMetrics } from './metrics.ts';
import { createRun, type Run, type Secrets } from './run-context.ts';
import { runSaga } from './run-saga.ts';
import { LeaseLost, Stopping, StopRequested } from './saga-signals.ts';
import { createSlots } from './slots.ts';

export interface EngineOptions {
  database: Database;
  journal: Journal;
  callStep: CallStep;
  publish: PublishEvent;
  /** Tells other processes that there is news about a saga; may fail, they look by themselves as well. */
  announce(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): Promise<void>;
  clock: Clock;
  log: Log;
  metrics: SagaMetrics;
  /** Most sagas that run at the same time in this process; the others wait. */
  maxConcurrent: number;
  /** Most unfinished sagas of one tenant in this process; more are refused. */
  maxPerTenant: number;
}

export interface SagaEngine {
  /**
   * Stores a saga and runs it; returns as soon as it is stored.
   * @throws ProblemError `rate_limited` or `conflict`.
   */
  begin(saga: NewSaga, secrets: Secrets): Promise<SagaRow>;
  /** Asks for a saga to end, or undoes one that is over. @throws ProblemError `not_found` or `conflict`. */
  end(key: SagaKey, request: EndRequest, secrets: Secrets): Promise<void>;
  /** There is news about a saga that this process may run. */
  wake(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): void;
  /** Takes over sagas that nobody runs, as far as there is room. */
  claim(): Promise<void>;
  /** Prolongs the leases of what this process runs and lets go of what another one has taken. */
  renew(): Promise<void>;
  /** Begins to claim and renew by itself. */
  start(): void;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
  /** Lets calls under way end for a moment and gives all sagas back. */
  close(): Promise<void>;
}

/** How often to look for sagas that nobody runs, milliseconds. */
const claimMs = 5_000;
/** How often leases are prolonged, milliseconds; a third of what they last. */
const renewMs = 10_000;
/** How long calls under way may take while the process ends, milliseconds. */
const graceMs = 4_000;
const noSecrets: Secrets = { token: undefined, input: {} };

const keyOf = ({ tenantId, sagaId }: Pick<SagaKey, 'tenantId' | 'sagaId'>) => `${tenantId}/${sagaId}`;

/** Runs the sagas of this process: those started here, and those whose process has ended. */
export function createSagaEngine(options: EngineOptions): SagaEngine {
  const { database, clock, log, metrics } = options;
  const closing = new AbortController();
  const deps = { ...options, closing: closing.signal };
  const running = new Map<Run, Promise<void>>();
  const slots = createSlots(options.maxConcurrent);
  /** Outlives a run that the stores broke off, so that this process can go on with it. */
  const secretsOf = new Map<string, Secrets>();
  const timers: (() => void)[] = [];

  const runs = (): Run[] => [...running.keys()];

  async function finish(run: Run): Promise<void> {
    const { sagaId, tenantId } = run.lease;
    const key = keyOf(run.lease);
    try {
      await run.slot.take(AbortSignal.any([run.gone.signal, closing.signal]));
      const { status, createdAt } = await runSaga(deps, run);
      metrics.finished(status, (clock.now().getTime() - Date.parse(createdAt)) / 1_000);
      if (secretsOf.get(key) === run.secrets) secretsOf.delete(key);
      log.info({ saga_id: sagaId, tenant_id: tenantId, status }, 'saga ended');
    } catch (error) {
      if (error instanceof LeaseLost) secretsOf.delete(key);
      else if (!(error instanceof Stopping)) {
        // Its lease runs out, and whoever finds it then goes on.
        log.error({ err: error, saga_id: sagaId }, 'saga broke off');
      }
    } finally {
      run.slot.release();
      running.delete(run);
      metrics.active(running.size);
    }
  }

  function take(lease: Lease, secrets: Secrets, resumed: boolean): void {
    const run = createRun({ lease, secrets, resumed, slot: slots.slot() });
    // Of the token only what the secrets hold counts, whoever's request is in hand.
    const scope = { ...(currentScope() ?? backgroundScope()), token: undefined };
    const ended = runInScope(scope, () =>
      withSpan('saga', { attributes: { 'saga.id': lease.sagaId } }, () => finish(run)),
    );
    running.set(run, ended);
    metrics.active(running.size);
  }

  async function lookAt(run: Run): Promise<void> {
    const reason = await options.journal.stopReason(run.lease);
    if (reason !== null) run.stop.abort(new StopRequested(reason));
    run.wake();
  }

  function look(run: Run): void {
    lookAt(run).catch((error: unknown) =>
      log.warn({ err: describeFailure(error), saga_id: run.lease.sagaId }, 'news of a saga have to wait'),
    );
  }

  async function claim(): Promise<void> {
    while (!closing.signal.aborted && slots.free > 0) {
      const lease = await claimSaga(database);
      if (lease === undefined) return;
      const key = keyOf(lease);
      log.info({ saga_id: lease.sagaId, tenant_id: lease.tenantId }, 'saga taken over');
      runInScope(backgroundScope(), () => take(lease, secretsOf.get(key) ?? noSecrets, true));
    }
  }

  async function renew(): Promise<void> {
    const mine = runs();
    if (mine.length === 0) return;
    const held = await renewLeases(
      database,
      mine.map(({ lease }) => lease.lease),
    );
    for (const run of mine) {
      if (held.has(run.lease.lease)) look(run);
      else run.gone.abort(new LeaseLost());
    }
  }

  const quietly = (work: () => Promise<void>, what: string) => () =>
    void work().catch((error: unknown) => log.warn({ err: describeFailure(error) }, what));

  const engine: SagaEngine = {
    async begin(saga, secrets) {
      const own = runs().filter(({ lease }) => lease.tenantId === saga.tenantId).length;
      if (own >= options.maxPerTenant) {
        throw problem('rate_limited', {
          message: 'Too many sagas of this tenant are not finished.',
          headers: { 'retry-after': '5' },
        });
      }
      if (closing.signal.aborted) throw problem('not_ready');
      const { row, lease } = await beginSaga(database, clock, saga);
      if (lease !== undefined) {
        secretsOf.set(keyOf(lease), secrets);
        take(lease, secrets, false);
      }
      return row;
    },

    async end(key, request, secrets) {
      const lease = await requestEnd(database, clock, key, request);
      if (lease === undefined) {
        engine.wake(key);
        await options.announce(key);
      } else {
        secretsOf.set(keyOf(lease), secrets);
        take(lease, secrets, false);
      }
    },

    wake(key) {
      const wanted = keyOf(key);
      for (const run of running.keys()) if (keyOf(run.lease) === wanted) look(run);
    },

    claim,
    renew,

    start() {
      const claiming = quietly(claim, 'sagas could not be claimed');
      claiming();
      timers.push(
        clock.every(claimMs, claiming),
        clock.every(renewMs, quietly(renew, 'leases were not renewed')),
      );
    },

    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },

    async close() {
      closing.abort(new Stopping());
      for (const stop of timers) stop();
      const leases = runs().map(({ lease }) => lease.lease);
      const ended = new AbortController();
      const all = Promise.all(running.values()).finally(() => ended.abort());
      await clock.sleep(graceMs, ended.signal).catch(() => undefined);
      for (const run of running.keys()) run.gone.abort(new Stopping());
      await all;
      // Without this another process would wait for the leases to run out.
      await releaseLeases(database, leases);
    },
  };
  return engine;
}
