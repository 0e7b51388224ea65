import type { SagaStatus, StepStatus } from '../../../contracts/saga-service/sagas.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { LeaseLost, StopRequested } from '../run/saga-signals.ts';
import {
  type SagaEvent,
  type SagaKey,
  type SagaState,
  type StepRow,
  sagaColumns,
  stepColumns,
} from './saga-row.ts';

/** The right to run a saga, until another process claims it. */
export interface Lease extends SagaKey {
  lease: string;
}

export interface StepChange {
  position: number;
  status?: StepStatus;
  attempts?: number;
  result?: unknown;
  /** `null` removes an earlier error. */
  error?: string | null;
  started?: boolean;
  completed?: boolean;
}

/** An event and the changes of state that belong to it, recorded atomically. */
export interface JournalEntry {
  event: SagaEvent;
  saga?: { status: SagaStatus; error?: string | null };
  steps?: readonly StepChange[];
  /** Throws StopRequested and records nothing when the end of the saga was requested. */
  unlessStopped?: boolean;
}

/** State and event log of sagas. Both change together, and only under the lease. */
export interface Journal {
  load(lease: Lease): Promise<{ saga: SagaState; steps: StepRow[] }>;
  /**
   * @returns the reason when the end of the saga was requested, else null
   * @throws LeaseLost when another process runs the saga now
   */
  record(lease: Lease, entry: JournalEntry): Promise<string | null>;
  /** Data of the event that a step of a choreographed saga waits for; undefined before it arrives. */
  received(key: SagaKey, position: number): Promise<Record<string, unknown> | undefined>;
  /** Reason of the requested end of the saga; null without a request. */
  stopReason(key: SagaKey): Promise<string | null>;
}

const terminal: ReadonlySet<SagaStatus> = new Set([
  'completed',
  'compensated',
  'compensation_failed',
  'failed',
  'timeout',
]);

/** Appends to the event log of a saga. The transaction must have incremented its version, which locks the row. */
export async function appendEvent(
  tx: Transaction,
  options: { tenantId: string; sagaId: string; version: number; event: SagaEvent; at: string },
): Promise<void> {
  await tx.query(
    {
      name: 'append_saga_event',
      text: 'insert into sagas.events (tenant_id, saga_id, version, type, data, at) values ($1, $2, $3, $4, $5, $6)',
    },
    [
      options.tenantId,
      options.sagaId,
      options.version,
      options.event.type,
      JSON.stringify(options.event.data),
      options.at,
    ],
  );
}

const raiseVersion = {
  name: 'record_saga_change',
  text: `
    update sagas.sagas set
      version = version + 1, updated_at = $3, status = coalesce($4, status),
      error = case when $6 then $5 else error end,
      lease = case when $7 then null else lease end,
      lease_until = case when $7 then null else lease_until end
    where id = $1 and lease = $2
    returning version, stop_reason`,
};

const changeStep = {
  name: 'record_step_change',
  text: `
    update sagas.steps set
      status = coalesce($3, status), attempts = coalesce($4, attempts),
      result = case when $5 then $6::json else result end,
      error = case when $7 then $8 else error end,
      started_at = case when $9 then coalesce(started_at, $11) else started_at end,
      completed_at = case when $10 then $11 else completed_at end
    where saga_id = $1 and position = $2`,
};

/** The journal in PostgreSQL. */
export function createJournal({ database, clock }: { database: Database; clock: Clock }): Journal {
  return {
    load(lease) {
      return database.withTenant(lease, async (tx) => {
        const sagas = await tx.query<SagaState>(
          `select ${sagaColumns}, definition, input, stop_reason from sagas.sagas where id = $1 and lease = $2`,
          [lease.sagaId, lease.lease],
        );
        const saga = sagas.rows[0];
        if (saga === undefined) throw new LeaseLost();
        const steps = await tx.query<StepRow>(
          `select ${stepColumns} from sagas.steps where saga_id = $1 order by position`,
          [lease.sagaId],
        );
        return { saga, steps: steps.rows };
      });
    },

    record(lease, entry) {
      const at = clock.now().toISOString();
      return database.withTenant(lease, async (tx) => {
        const status = entry.saga?.status;
        const { rows } = await tx.query<{ version: number; stop_reason: string | null }>(raiseVersion, [
          lease.sagaId,
          lease.lease,
          at,
          status ?? null,
          entry.saga?.error ?? null,
          entry.saga?.error !== undefined,
          status !== undefined && terminal.has(status),
        ]);
        const row = rows[0];
        if (row === undefined) throw new LeaseLost();
        if (entry.unlessStopped && row.stop_reason !== null) throw new StopRequested(row.stop_reason);
        for (const step of entry.steps ?? []) {
          await tx.query(changeStep, [
            lease.sagaId,
            step.position,
            step.status ?? null,
            step.attempts ?? null,
            step.result !== undefined,
            step.result === undefined ? null : JSON.stringify(step.result),
            step.error !== undefined,
            step.error ?? null,
            step.started === true,
            step.completed === true,
            at,
          ]);
        }
        const { tenantId, sagaId } = lease;
        await appendEvent(tx, { tenantId, sagaId, version: row.version, event: entry.event, at });
        return row.stop_reason;
      });
    },

    async received(key, position) {
      const { rows } = await database.tenantQuery<{ received: Record<string, unknown> | null }>(
        key,
        {
          name: 'received_event',
          text: 'select received from sagas.steps where saga_id = $1 and position = $2',
        },
        [key.sagaId, position],
      );
      return rows[0]?.received ?? undefined;
    },

    async stopReason(key) {
      const { rows } = await database.tenantQuery<{ stop_reason: string | null }>(
        key,
        { name: 'saga_stop_reason', text: 'select stop_reason from sagas.sagas where id = $1' },
        [key.sagaId],
      );
      return rows[0]?.stop_reason ?? null;
    },
  };
}
