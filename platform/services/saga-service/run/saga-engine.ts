import { randomUUID } from 'node:crypto';
import type { Durable, DurableRun, RunIds } from '../../../kit/durable/durable.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { scopesOfSaga } from '../steps/saga-scopes.ts';
import { findStarted, insertSaga, type NewSaga } from '../store/insert-saga.ts';
import { findOverdue, type Overdue } from '../store/overdue-sagas.ts';
import { type EndRequest, requestEnd } from '../store/request-end.ts';
import { runArguments, runIdOf, type SagaKey, type SagaRow, type StepRow } from '../store/saga-row.ts';
import type { SealedSecrets } from '../store/sealed-secrets.ts';
import { runSaga } from './run-saga.ts';
import { createRunningSagas } from './running-sagas.ts';
import type { SagaGrants } from './saga-grants.ts';
import type { SagaMetrics } from './saga-metrics.ts';
import type { RunDeps, SagaProgress, SagaRun } from './saga-run.ts';
import { SagaTaken } from './saga-signals.ts';

export interface EngineOptions extends RunDeps {
  database: Database;
  durable: Durable;
  grants: SagaGrants;
  secrets: SealedSecrets;
  /** Notifies other processes about a saga. May fail, since they also poll. */
  notify(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): Promise<void>;
  metrics: SagaMetrics;
  /** Maximum number of unfinished sagas of one tenant; further ones are rejected. */
  maxPerTenant: number;
}

/** With what a saga acts for its user. */
export interface SagaAuthority {
  /** Access token of the request that starts it. */
  token?: string | undefined;
  /** A grant that was made before, for a saga that an event starts. */
  grantId?: string | undefined;
}

export interface SagaEngine {
  /**
   * Stores a saga, which any process then runs.
   * @throws ProblemError `rate_limited` or `conflict`, and those of making a grant
   */
  begin(saga: NewSaga & { secrets: Record<string, unknown> }, authority: SagaAuthority): Promise<SagaRow>;
  /** Requests the end of a saga, or undoes one that has ended. @throws ProblemError `not_found` or `conflict` */
  end(row: SagaRow, request: EndRequest, authority: SagaAuthority): Promise<void>;
  /** Starts the next run of a saga, in the transaction that gives it a reason to. */
  startRun(tx: Transaction, key: SagaKey, run: number): Promise<void>;
  /** Handles a notification about a saga that this process may run. */
  check(key: Pick<SagaKey, 'tenantId' | 'sagaId'>): void;
  /** Continues waiting sagas whose time is over, and looks for requested ends. */
  poll(): Promise<void>;
}

/** Name of the durable workflow. */
export const sagaWorkflow = 'saga';

/** What a run remembers of a saga that has ended. */
const over = 'over';
/** Interval at which a run that another execution has taken over looks whether the saga has ended, milliseconds. */
const takenPollMs = 2_000;
/** Maximum number of overdue sagas per poll. */
const overdueBatch = 100;

/** Starts and ends sagas. The durable engine runs them, in any process, by `executeSaga`. */
export function createSagaEngine(options: EngineOptions): SagaEngine & {
  execute(run: DurableRun, ids: RunIds): Promise<void>;
} {
  const { database, clock, log, journal, durable, grants, metrics } = options;
  const running = createRunningSagas({ journal, log, onCount: metrics.active });

  const startRun: SagaEngine['startRun'] = (tx, key, run) =>
    durable.startIn(tx, sagaWorkflow, runIdOf(key, run), runArguments(key));

  /** Deletes a grant that is not needed any more. If that fails, platform-services finds it: it asks for those in use. */
  async function discard(key: Pick<SagaKey, 'tenantId'>, grantId: string | null): Promise<void> {
    await grants
      .discard(key, grantId)
      .catch((error: unknown) =>
        log.warn({ err: describeFailure(error), grant_id: grantId }, 'the grant of a saga was not deleted'),
      );
  }

  /** Runs the saga as far as it goes. @returns its status, `parked`, or `gone` when it was erased */
  async function runOnce(key: SagaKey, signal: AbortSignal): Promise<string> {
    const held = { ...key, holder: randomUUID() };
    const taken = await journal.take(held);
    if (taken === undefined) return (await journal.status(key)) ?? 'gone';
    const progress = progressOf(taken);
    const run: SagaRun = { held, abandon: signal, stop: new AbortController() };
    running.add(run);
    try {
      const status = await runSaga(options, run, progress);
      if (status !== 'parked') {
        const seconds = (clock.now().getTime() - Date.parse(progress.saga.created_at)) / 1_000;
        metrics.finished(status, seconds);
        log.info({ saga_id: key.sagaId, tenant_id: key.tenantId, status }, 'saga ended');
      }
      return status;
    } catch (error) {
      if (!(error instanceof SagaTaken)) throw error;
      return await statusOfTaken(key, signal);
    } finally {
      running.delete(run);
    }
  }

  /** Waits for the end of a saga that another execution holds: this run must not remember an outcome of its own. */
  async function statusOfTaken(key: SagaKey, signal: AbortSignal): Promise<string> {
    for (;;) {
      const status = await journal.status(key);
      if (status === undefined) return 'gone';
      if (status !== 'pending' && status !== 'running' && status !== 'compensating') return status;
      await clock.sleep(takenPollMs, signal);
    }
  }

  function progressOf({ saga, steps }: Awaited<ReturnType<typeof journal.take>> & object): SagaProgress {
    const input = { ...saga.input, ...options.secrets.open(saga.saga_id, saga.secrets) };
    return { saga: { ...saga, input }, steps: steps.map((row) => ({ definition: definitionOf(row), row })) };
    function definitionOf(row: StepRow) {
      const definition = saga.definition[row.position];
      if (definition === undefined)
        throw new Error(`saga ${saga.saga_id} has no definition of step ${row.step_id}`);
      return definition;
    }
  }

  async function continueOverdue({ tenantId, sagaId, userId }: Overdue): Promise<void> {
    const key = { tenantId, sagaId, userId };
    await database.withTenant(key, async (tx) => {
      const { rows } = await tx.query<{ run: number }>(
        `update sagas.sagas set parked = false, run = run + 1
         where id = $1 and parked and status in ('pending', 'running', 'compensating') returning run`,
        [sagaId],
      );
      if (rows[0] !== undefined) await startRun(tx, key, rows[0].run);
    });
  }

  return {
    async begin(saga, authority) {
      const known = await findStarted(database, saga);
      if (known !== undefined) return known;
      const { sagaId, definition } = saga;
      const grantId = await grants.open({ saga, authority, scopes: scopesOfSaga(definition.steps) });
      // A grant that an event brought is needed again when the event is repeated.
      const made = grantId === authority.grantId ? null : grantId;
      try {
        const { row, isNew } = await insertSaga(database, clock, saga, {
          grantId,
          secrets: options.secrets.seal(sagaId, saga.secrets),
          maxUnfinished: options.maxPerTenant,
          startRun: (tx) => startRun(tx, saga, 1),
        });
        if (!isNew) await discard(saga, made);
        return row;
      } catch (error) {
        // After another failure the commit may have succeeded: the saga may use the grant.
        if (error instanceof ProblemError) await discard(saga, made);
        throw error;
      }
    },

    async end(row, request, authority) {
      const key = { tenantId: row.tenant_id, sagaId: row.saga_id, userId: row.started_by };
      const ended =
        row.status === 'completed' || row.status === 'compensation_failed' || row.status === 'failed';
      const undoes = request.kind === 'compensate' && (ended || row.status === 'timeout');
      const steps = undoes ? await journal.definition(key) : [];
      const saga = { ...key, workspaceId: row.workspace_id, definition: { type: row.type, steps } };
      const grantId = undoes ? await grants.open({ saga, authority, scopes: scopesOfSaga(steps) }) : null;
      try {
        const used = await requestEnd(
          { database, clock, grantId, startRun: (tx, run) => startRun(tx, key, run) },
          key,
          request,
        );
        if (!used) await discard(key, grantId);
      } catch (error) {
        if (error instanceof ProblemError) await discard(key, grantId);
        throw error;
      }
      await afterCommit(async () => {
        running.check(key);
        await options
          .notify(key)
          .catch((error: unknown) =>
            log.warn({ err: describeFailure(error) }, 'other processes could not be notified of a saga'),
          );
      });
    },

    startRun,
    check: running.check,

    async poll() {
      running.checkAll();
      const overdue = await findOverdue(database, clock.now(), overdueBatch);
      for (const saga of overdue) await continueOverdue(saga);
    },

    async execute(run, { tenant = '', saga = '', user = '' }) {
      const key = { tenantId: tenant, sagaId: saga, userId: user };
      const endGrant = async () => discard(key, await journal.endedGrant(key));
      const ended = await run.step('run', async ({ signal }) => {
        const status = await runOnce(key, signal);
        if (status === 'parked' || status === 'gone') return status;
        await endGrant();
        return over;
      });
      // Runs of earlier releases have remembered the status, and end the grant in a step of its own.
      if (ended !== over && ended !== 'parked' && ended !== 'gone') await run.step('end_grant', endGrant);
    },
  };
}
