import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import type { JournalEntry } from './journal-entry.ts';

/** Statuses of sagas that have ended. */
export const terminal: ReadonlySet<SagaStatus> = new Set([
  'completed',
  'compensated',
  'compensation_failed',
  'failed',
  'timeout',
]);

/**
 * Records entries of a saga and their changes of state in one statement. `$3` of them are recorded in any case, all `$4`
 * unless the end of the saga was requested. At most one of them changes the saga, and each step changes once. No row:
 * another execution holds the saga.
 */
export const recordEntries = {
  name: 'record_saga_entries',
  text: `
    with saga as (
      update sagas.sagas set
        version = version + case when stop_reason is null then $4::int else $3::int end,
        updated_at = case when $3 > 0 or stop_reason is null then $5 else updated_at end,
        status = case when $6 < $3 or stop_reason is null then coalesce($7, status) else status end,
        error = case when $9 and ($6 < $3 or stop_reason is null) then $8 else error end,
        holder = case when $10 and ($6 < $3 or stop_reason is null) then null else holder end,
        secrets = case when $10 and ($6 < $3 or stop_reason is null) then null else secrets end
      where id = $1 and holder = $2
      returning tenant_id, version, stop_reason, case when stop_reason is null then $4::int else $3::int end as recorded
    ), changed as (
      update sagas.steps s set
        status = coalesce(c.status, s.status), attempts = coalesce(c.attempts, s.attempts),
        result = coalesce(c.result, s.result),
        error = case when c.sets_error then c.error else s.error end,
        started_at = case when c.started then coalesce(s.started_at, $5) else s.started_at end,
        completed_at = case when c.completed then $5 else s.completed_at end
      from saga, unnest($11::int[], $12::int[], $13::text[], $14::int[], $15::json[], $16::boolean[], $17::text[],
                        $18::boolean[], $19::boolean[])
        as c(entry, position, status, attempts, result, sets_error, error, started, completed)
      where s.saga_id = $1 and s.position = c.position and c.entry < saga.recorded
    ), logged as (
      insert into sagas.events (tenant_id, saga_id, version, type, data, at)
      select saga.tenant_id, $1, saga.version - saga.recorded + e.ordinal, e.type, e.data, $5
      from saga, unnest($20::text[], $21::json[]) with ordinality as e(type, data, ordinal)
      where e.ordinal <= saga.recorded
    )
    select stop_reason from saga`,
};

/** Values of `recordEntries`. The first entry is recorded even if the end was requested, unless it says otherwise. */
export function recordedValues(
  { sagaId, holder }: { sagaId: string; holder: string },
  { entries, at }: { entries: readonly JournalEntry[]; at: string },
): unknown[] {
  const certain = entries[0]?.unlessStopped ? 0 : 1;
  const changing = entries.findIndex(({ saga }) => saga !== undefined);
  const change = entries[changing]?.saga;
  const steps = entries.flatMap(({ steps: changes = [] }, entry) =>
    changes.map((step) => ({ entry, ...step })),
  );
  return [
    sagaId,
    holder,
    certain,
    entries.length,
    at,
    changing,
    change?.status ?? null,
    change?.error ?? null,
    change?.error !== undefined,
    change !== undefined && terminal.has(change.status),
    steps.map(({ entry }) => entry),
    steps.map(({ position }) => position),
    steps.map(({ status }) => status ?? null),
    steps.map(({ attempts }) => attempts ?? null),
    steps.map(({ result }) => (result === undefined ? null : JSON.stringify(result))),
    steps.map(({ error }) => error !== undefined),
    steps.map(({ error }) => error ?? null),
    steps.map(({ started }) => started === true),
    steps.map(({ completed }) => completed === true),
    entries.map(({ event }) => event.type),
    entries.map(({ event }) => JSON.stringify(event.data)),
  ];
}
