import { createHash, randomUUID } from 'node:crypto';
import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { type SagaDefinition, triggerOf } from '../run/step-definition.ts';
import { appendEvent, type Lease, tenantOf } from '../store/journal.ts';
import { leaseSeconds } from '../store/leases.ts';
import { type SagaKey, type SagaRow, sagaColumns } from '../store/saga-row.ts';

export interface NewSaga extends SagaKey {
  definition: SagaDefinition;
  /** Without secrets: it is stored. */
  input: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** The same text for equal values, in whatever order their fields came. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * Stores a saga, already leased to this process: it alone has the starter's token.
 * @returns the saga, with its lease when it is new; a repetition answers what is there.
 * @throws ProblemError `conflict` when the id belongs to another saga of the tenant.
 */
export async function beginSaga(
  database: Database,
  clock: Clock,
  saga: NewSaga,
): Promise<{ row: SagaRow; lease: Lease | undefined }> {
  const { definition, input, metadata, sagaId } = saga;
  const hash = createHash('sha256')
    .update(canonical([definition, input, metadata]))
    .digest();
  const now = clock.now();
  const lease = randomUUID();
  return database.withTenant(tenantOf(saga), async (tx) => {
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
