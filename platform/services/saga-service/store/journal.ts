import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { SagaTaken, StopRequested } from '../run/saga-signals.ts';
import type { StepDefinition } from '../steps/step-definition.ts';
import type { JournalEntry } from './journal-entry.ts';
import { recordEntries, recordedValues, terminal } from './record-entries.ts';
import {
  type SagaEvent,
  type SagaKey,
  type SagaState,
  type StepRow,
  sagaColumns,
  stepColumns,
} from './saga-row.ts';

/** An execution of a saga. It may write until a later execution takes the saga. */
export interface Held extends SagaKey {
  holder: string;
}

/** State and event log of sagas. Both change together, and only by the execution that holds the saga. */
export interface Journal {
  /**
   * Takes an unfinished saga from any earlier execution. Its `holder` is the one before: null if the saga was parked.
   * @returns undefined when the saga has ended or does not exist
   */
  take(held: Held): Promise<{ saga: SagaState; steps: StepRow[] } | undefined>;
  /** The status of a saga, or `parked`; undefined when it does not exist. */
  status(key: SagaKey): Promise<SagaStatus | 'parked' | undefined>;
  /**
   * Records an entry, and with it those that follow if the end of the saga was not requested. At most one of them
   * changes the saga, and each changes other steps.
   * @returns the reason when the end was requested, else null
   * @throws SagaTaken when another execution holds the saga
   */
  record(held: Held, entry: JournalEntry, following?: readonly JournalEntry[]): Promise<string | null>;
  /** Data of the event that a step of a choreographed saga waits for; undefined before it arrives. */
  received(key: SagaKey, position: number): Promise<Record<string, unknown> | undefined>;
  /**
   * Parks a saga until the event of a step arrives, which starts its next run.
   * @returns the event when it has arrived already; undefined when the saga is parked
   * @throws StopRequested; SagaTaken when another execution holds the saga
   */
  park(held: Held, position: number): Promise<Record<string, unknown> | undefined>;
  /** Reason of the requested end of the saga; null without a request. */
  stopReason(key: SagaKey): Promise<string | null>;
  /** How often undoing a step has ended with a rejection by its service. */
  rejectedCompensations(key: SagaKey, stepId: string): Promise<number>;
  /** The steps of a saga as they were given. */
  definition(key: SagaKey): Promise<readonly StepDefinition[]>;
  /** Ends an unfinished saga that a defect keeps from continuing. Completed steps can be undone on request. */
  fail(key: SagaKey, error: string): Promise<void>;
  /** The grant of a saga that has ended; null without one, or while it runs. */
  endedGrant(key: SagaKey): Promise<string | null>;
}

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

const receivedEvent = {
  name: 'received_event',
  text: 'select received from sagas.steps where saga_id = $1 and position = $2',
};

/** The journal in PostgreSQL. */
export function createJournal({ database, clock }: { database: Database; clock: Clock }): Journal {
  return {
    async take(held) {
      const sagas = await database.tenantQuery<SagaState>(
        held,
        {
          name: 'take_saga',
          text: `with saga as (
                   select ${sagaColumns}, definition, input, stop_reason, grant_id, secrets, holder from sagas.sagas
                   where id = $1 and status in ('pending', 'running', 'compensating') for update
                 ), taken as (
                   update sagas.sagas s set holder = $2, parked = false from saga where s.id = saga.saga_id
                 )
                 select * from saga`,
        },
        [held.sagaId, held.holder],
      );
      const saga = sagas.rows[0];
      if (saga === undefined) return undefined;
      const steps = await database.tenantQuery<StepRow>(
        held,
        {
          name: 'saga_steps',
          text: `select ${stepColumns} from sagas.steps where saga_id = $1 order by position`,
        },
        [held.sagaId],
      );
      return { saga, steps: steps.rows };
    },

    async status(key) {
      const { rows } = await database.tenantQuery<{ status: SagaStatus; parked: boolean }>(
        key,
        { name: 'saga_status', text: 'select status, parked from sagas.sagas where id = $1' },
        [key.sagaId],
      );
      const row = rows[0];
      return row?.parked && !terminal.has(row.status) ? 'parked' : row?.status;
    },

    park(held, position) {
      return database.withTenant(held, async (tx) => {
        // Locked before the step is read: an event locks the saga, too.
        const { rows } = await tx.query<{ stop_reason: string | null }>(
          'select stop_reason from sagas.sagas where id = $1 and holder = $2 for update',
          [held.sagaId, held.holder],
        );
        if (rows[0] === undefined) throw new SagaTaken();
        if (rows[0].stop_reason !== null) throw new StopRequested(rows[0].stop_reason);
        const arrived = await tx.query<{ received: Record<string, unknown> | null }>(receivedEvent, [
          held.sagaId,
          position,
        ]);
        const event = arrived.rows[0]?.received ?? undefined;
        if (event !== undefined) return event;
        await tx.query('update sagas.sagas set parked = true, holder = null where id = $1', [held.sagaId]);
        return undefined;
      });
    },

    async record(held, entry, following = []) {
      const at = clock.now().toISOString();
      const { rows } = await database.tenantQuery<{ stop_reason: string | null }>(
        held,
        recordEntries,
        recordedValues(held, { entries: [entry, ...following], at }),
      );
      const row = rows[0];
      if (row === undefined) throw new SagaTaken();
      if (entry.unlessStopped && row.stop_reason !== null) throw new StopRequested(row.stop_reason);
      return row.stop_reason;
    },

    async received(key, position) {
      const { rows } = await database.tenantQuery<{ received: Record<string, unknown> | null }>(
        key,
        receivedEvent,
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

    async rejectedCompensations(key, stepId) {
      const { rows } = await database.tenantQuery<{ rejections: number }>(
        key,
        {
          name: 'saga_rejected_compensations',
          text: `select count(*)::integer as rejections from sagas.events
                 where saga_id = $1 and type = 'step_compensation_failed'
                   and data->>'step_id' = $2 and data->>'rejected' = 'true'`,
        },
        [key.sagaId, stepId],
      );
      return rows[0]?.rejections ?? 0;
    },

    async definition(key) {
      const { rows } = await database.tenantQuery<{ definition: StepDefinition[] }>(
        key,
        { name: 'saga_definition', text: 'select definition from sagas.sagas where id = $1' },
        [key.sagaId],
      );
      return rows[0]?.definition ?? [];
    },

    async fail(key, error) {
      const at = clock.now().toISOString();
      await database.withTenant(key, async (tx) => {
        const { rows } = await tx.query<{ version: number }>(
          `update sagas.sagas set version = version + 1, updated_at = $3, error = $2, holder = null, secrets = null,
             status = case when exists (
               select from sagas.steps where saga_id = $1 and status = 'completed'
             ) then 'compensation_failed' else 'failed' end
           where id = $1 and status in ('pending', 'running', 'compensating') returning version`,
          [key.sagaId, error, at],
        );
        if (rows[0] === undefined) return;
        const event = { type: 'saga_failed', data: { reason: error } };
        const { tenantId, sagaId } = key;
        await appendEvent(tx, { tenantId, sagaId, version: rows[0].version, event, at });
      });
    },

    async endedGrant(key) {
      const { rows } = await database.tenantQuery<{ grant_id: string | null }>(
        key,
        {
          name: 'saga_grant',
          text: `select grant_id from sagas.sagas
                 where id = $1 and status not in ('pending', 'running', 'compensating')`,
        },
        [key.sagaId],
      );
      return rows[0]?.grant_id ?? null;
    },
  };
}
