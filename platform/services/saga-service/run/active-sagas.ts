import pLimit from 'p-limit';
import { withSpan } from '../../../kit/observe/tracing.ts';
import { backgroundScope, currentScope, runInScope } from '../../../kit/service/scope.ts';
import type { Lease } from '../store/journal.ts';
import type { SagaKey } from '../store/saga-row.ts';
import { runSaga } from './run-saga.ts';
import type { SagaMetrics } from './saga-metrics.ts';
import { createSagaRun, type RunDeps, type SagaRun, type SagaSecrets } from './saga-run.ts';
import { LeaseLost, Stopping } from './saga-signals.ts';
import { createSlot } from './slot.ts';

const noSecrets: SagaSecrets = { token: undefined, input: {} };

const keyOf = ({ tenantId, sagaId }: Pick<SagaKey, 'tenantId' | 'sagaId'>) => `${tenantId}/${sagaId}`;

/** The sagas that this process has leased, running or waiting. */
export interface ActiveSagas {
  runs(): SagaRun[];
  /** The runs of one saga. */
  runsOf(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): SagaRun[];
  /** Whether one more saga would run at once. */
  hasCapacity(): boolean;
  /** Runs a saga in the background. Without secrets it resumes an abandoned one. */
  run(lease: Lease, secrets?: SagaSecrets): void;
  /** Resolves when no saga is active. */
  idle(): Promise<void>;
}

export function createActiveSagas(
  deps: RunDeps & {
    metrics: SagaMetrics;
    /** Maximum number of sagas that run at the same time. */
    maxConcurrent: number;
  },
): ActiveSagas {
  const { clock, log, metrics } = deps;
  const active = new Map<SagaRun, Promise<void>>();
  const limit = pLimit(deps.maxConcurrent);
  /** Outlives a run that a failing store interrupts, so that this process can resume the saga. */
  const secretsOf = new Map<string, SagaSecrets>();

  async function finish(run: SagaRun): Promise<void> {
    const { sagaId, tenantId } = run.lease;
    const key = keyOf(run.lease);
    try {
      await run.slot.acquire(AbortSignal.any([run.abandon.signal, deps.closing]));
      const { status, createdAt } = await runSaga(deps, run);
      metrics.finished(status, (clock.now().getTime() - Date.parse(createdAt)) / 1_000);
      if (secretsOf.get(key) === run.secrets) secretsOf.delete(key);
      log.info({ saga_id: sagaId, tenant_id: tenantId, status }, 'saga ended');
    } catch (error) {
      if (error instanceof LeaseLost) secretsOf.delete(key);
      else if (!(error instanceof Stopping))
        log.error({ err: error, saga_id: sagaId }, 'saga interrupted; it resumes after its lease expires');
    } finally {
      run.slot.release();
      active.delete(run);
      metrics.active(active.size);
    }
  }

  const runs = () => [...active.keys()];
  return {
    runs,
    runsOf: (key) => runs().filter(({ lease }) => keyOf(lease) === keyOf(key)),
    hasCapacity: () => limit.activeCount + limit.pendingCount < limit.concurrency,

    run(lease, secrets) {
      const key = keyOf(lease);
      if (secrets !== undefined) secretsOf.set(key, secrets);
      const run = createSagaRun({
        lease,
        secrets: secretsOf.get(key) ?? noSecrets,
        resumed: secrets === undefined,
        slot: createSlot(limit),
      });
      // Steps use the token of the saga's secrets, never that of the current request.
      const scope = { ...((secrets && currentScope()) ?? backgroundScope()), token: undefined };
      const ended = runInScope(scope, () =>
        withSpan('saga', { attributes: { 'saga.id': lease.sagaId } }, () => finish(run)),
      );
      active.set(run, ended);
      metrics.active(active.size);
    },

    async idle() {
      while (active.size > 0) await Promise.all(active.values());
    },
  };
}
