import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { requestHash } from '../../../kit/service/request-hash.ts';
import { type SagaDefinition, triggerOf } from '../steps/step-definition.ts';
import { appendEvent } from './journal.ts';
import { type SagaKey, type SagaRow, sagaColumns } from './saga-row.ts';

export interface NewSaga extends SagaKey {
  workspaceId: string | null;
  definition: SagaDefinition;
  /** The part of the input that is stored in plain text: no secrets. */
  input: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** What is stored with a saga beside the request. */
export interface SagaExtras {
  grantId: string | null;
  /** Encrypted fields of the input. */
  secrets: Buffer | null;
  /** Maximum number of unfinished sagas of the tenant. */
  maxUnfinished: number;
  /** Stores the durable run in the same transaction. */
  startRun(tx: Transaction): Promise<void>;
}

const hashOf = ({ definition, input, metadata }: NewSaga) => requestHash([definition, input, metadata]);

/**
 * The saga that an earlier request with the same id and content has started; undefined without one.
 * @throws ProblemError `conflict` when the id belongs to another saga of the tenant
 */
async function findRepeated(
  query: (text: string, values: unknown[]) => Promise<{ rows: (SagaRow & { same: boolean })[] }>,
  saga: NewSaga,
): Promise<SagaRow | undefined> {
  const { rows } = await query(
    `select ${sagaColumns}, started_by = $2 and request_hash = $3 as same from sagas.sagas where id = $1`,
    [saga.sagaId, saga.userId, hashOf(saga)],
  );
  if (rows[0] === undefined) return undefined;
  if (!rows[0].same) throw problem('conflict', { message: 'Another saga has this id.' });
  return rows[0];
}

/** The same, before anything is made for the saga. */
export function findStarted(database: Database, saga: NewSaga): Promise<SagaRow | undefined> {
  const who: Tenant = saga;
  return findRepeated((text, values) => database.tenantQuery(who, text, values), saga);
}

/**
 * Stores a saga together with its durable run.
 * @returns the saga; a repeated request returns the stored one
 * @throws ProblemError `conflict` when the id belongs to another saga of the tenant; `rate_limited`
 */
export async function insertSaga(
  database: Database,
  clock: Clock,
  saga: NewSaga,
  extras: SagaExtras,
): Promise<{ row: SagaRow; isNew: boolean }> {
  const { definition, input, metadata, sagaId } = saga;
  const now = clock.now();
  return database.withTenant(saga, async (tx) => {
    const at = now.toISOString();
    const counted = await tx.query<{ unfinished: number }>(
      `select count(*) as unfinished from (
         select from sagas.sagas where status in ('pending', 'running', 'compensating') limit $1
       ) as counted`,
      [extras.maxUnfinished],
    );
    if ((counted.rows[0]?.unfinished ?? 0) >= extras.maxUnfinished) {
      throw problem('rate_limited', {
        message: 'This tenant has too many unfinished sagas.',
        headers: { 'retry-after': '5' },
      });
    }
    const inserted = await tx.query<SagaRow>(
      `insert into sagas.sagas (tenant_id, id, started_by, workspace_id, type, pattern, status, metadata, definition,
         input, request_hash, version, grant_id, secrets, timeout_at, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10, 1, $11, $12, $13, $14, $14)
       on conflict (tenant_id, id) do nothing
       returning ${sagaColumns}`,
      [
        saga.tenantId,
        sagaId,
        saga.userId,
        saga.workspaceId,
        definition.type,
        definition.pattern,
        JSON.stringify(metadata),
        JSON.stringify(definition.steps),
        JSON.stringify(input),
        hashOf(saga),
        extras.grantId,
        extras.secrets,
        new Date(now.getTime() + definition.timeout * 1_000).toISOString(),
        at,
      ],
    );
    const row = inserted.rows[0];
    if (row === undefined) {
      const existing = await findRepeated((text, values) => tx.query(text, values), saga);
      if (existing === undefined) throw problem('conflict', { message: 'Another saga has this id.' });
      return { row: existing, isNew: false };
    }
    const choreographed = definition.pattern === 'choreography';
    await tx.query(
      `insert into sagas.steps (tenant_id, saga_id, position, step_id, service, action, waits_for)
       select $1, $2, s.position - 1, s.step_id, s.service, s.action, s.waits_for
       from unnest($3::text[], $4::text[], $5::text[], $6::text[])
         with ordinality as s(step_id, service, action, waits_for, position)`,
      [
        saga.tenantId,
        sagaId,
        definition.steps.map(({ step_id }) => step_id),
        definition.steps.map(({ service }) => service),
        definition.steps.map(({ action }) => action),
        definition.steps.map((step) => (choreographed ? triggerOf(step, choreographyPrefix) : null)),
      ],
    );
    const event = {
      type: 'saga_started',
      data: { type: definition.type, pattern: definition.pattern, steps: definition.steps.length },
    };
    await appendEvent(tx, { tenantId: saga.tenantId, sagaId, version: 1, event, at });
    await extras.startRun(tx);
    return { row, isNew: true };
  });
}
