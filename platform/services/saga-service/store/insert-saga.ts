import { randomUUID } from 'node:crypto';
import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { requestHash } from '../../../kit/service/request-hash.ts';
import { type SagaDefinition, triggerOf } from '../steps/step-definition.ts';
import { appendEvent, type Lease } from './journal.ts';
import { leaseSeconds } from './leases.ts';
import { type SagaKey, type SagaRow, sagaColumns } from './saga-row.ts';

export interface NewSaga extends SagaKey {
  definition: SagaDefinition;
  /** The part of the input that is stored: no secrets. */
  input: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/**
 * Stores a saga under a lease of this process, because only this process has the user's access token.
 * @returns the saga, with its lease when it is new; a repeated request returns the stored saga without a lease
 * @throws ProblemError `conflict` when the id belongs to another saga of the tenant
 */
export async function insertSaga(
  database: Database,
  clock: Clock,
  saga: NewSaga,
): Promise<{ row: SagaRow; lease: Lease | undefined }> {
  const { definition, input, metadata, sagaId } = saga;
  const hash = requestHash([definition, input, metadata]);
  const now = clock.now();
  const lease = randomUUID();
  return database.withTenant(saga, async (tx) => {
    const at = now.toISOString();
    const inserted = await tx.query<SagaRow>(
      `insert into sagas.sagas (tenant_id, id, started_by, type, pattern, status, metadata, definition, input,
         request_hash, version, lease, lease_until, timeout_at, created_at, updated_at)
       values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, 1, $10, now() + make_interval(secs => $11), $12, $13, $13)
       on conflict (tenant_id, id) do nothing
       returning ${sagaColumns}`,
      [
        saga.tenantId,
        sagaId,
        saga.userId,
        definition.type,
        definition.pattern,
        JSON.stringify(metadata),
        JSON.stringify(definition.steps),
        JSON.stringify(input),
        hash,
        lease,
        leaseSeconds,
        new Date(now.getTime() + definition.timeout * 1_000).toISOString(),
        at,
      ],
    );
    const row = inserted.rows[0];
    if (row === undefined) {
      const present = await tx.query<SagaRow & { same: boolean }>(
        `select ${sagaColumns}, started_by = $2 and request_hash = $3 as same from sagas.sagas where id = $1`,
        [sagaId, saga.userId, hash],
      );
      const existing = present.rows[0];
      if (!existing?.same) throw problem('conflict', { message: 'Another saga has this id.' });
      return { row: existing, lease: undefined };
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
    return { row, lease: { tenantId: saga.tenantId, userId: saga.userId, sagaId, lease } };
  });
}
