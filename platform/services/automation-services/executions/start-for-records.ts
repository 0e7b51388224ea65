import { maxExecutionChain } from '../../../contracts/automation-services/executions.ts';
import type { RecordEvent } from '../../../contracts/automation-services/record-events.ts';
import type { Trigger } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Transaction } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { watchedBases } from '../workflows/record-watches.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { chainBehind, chainTooLong } from './execution-chain.ts';
import { insertExecution } from './insert-execution.ts';
import { pauseWorkflowIn } from './pause-workflow.ts';
import type { StartDeps } from './start-execution.ts';

type RecordTrigger = Extract<Trigger, { type: 'record_changed' }>;
type Changes = RecordEvent['changes'];

/** The changes of an event that a trigger is for. */
export function matchingChanges(trigger: RecordTrigger, event: RecordEvent): Changes {
  const { base_id, table, changes: types, fields } = trigger;
  if (base_id !== event.base_id) return [];
  if (table !== undefined && table !== event.table_id && table !== event.table_name) return [];
  const watched =
    fields &&
    new Set(
      event.fields.filter(({ id, name }) => fields.includes(id) || fields.includes(name)).map(({ id }) => id),
    );
  return event.changes.filter(
    ({ type, changed_field_ids }) =>
      (types?.includes(type) ?? true) &&
      (watched === undefined || type !== 'updated' || changed_field_ids.some((id) => watched.has(id))),
  );
}

/** Active workflows of the event's workspace with such a trigger, except those that caused it themselves. */
const candidates = `
  select w.id, w.triggers from automation.workflows w
  where w.status = 'active' and w.workspace_id = $1 and w.triggers @> '[{"type": "record_changed"}]'
    and w.grant_id is distinct from $2
    and not exists (select from automation.executions e where e.workflow_id = w.id and e.grant_id = $2)
  order by w.id`;

/** Whether an active workflow of the tenant still needs the changes of a base. */
async function isWatched(tx: Transaction, baseId: string): Promise<boolean> {
  const { rowCount } = await tx.query(`select from (${watchedBases}) as watched where base_id = $1`, [
    baseId,
  ]);
  return rowCount > 0;
}

/**
 * Starts every active workflow of the workspace that the event triggers, each for its owner. In a chain of executions
 * that is too long, it pauses them instead.
 * @returns the ids of the new executions; none for an event that was delivered before
 */
export async function startForRecords(
  { database, clock, durable, watches }: StartDeps,
  event: RecordEvent,
): Promise<string[]> {
  const tenantId = event.tenant_id;
  const actor = { tenantId, userId: event.actor.user_id };
  return database.withTenant(actor, async (tx) => {
    const { rows } = await tx.query<{ id: string; triggers: Trigger[] }>(candidates, [
      event.workspace_id,
      event.actor.session_id,
    ]);
    const depth = await chainBehind(tx, event.actor.session_id);
    const started: string[] = [];
    for (const { id: workflowId, triggers } of rows) {
      const matching = triggers
        .filter((trigger) => trigger.type === 'record_changed')
        .map((trigger) => matchingChanges(trigger, event))
        .find(({ length }) => length > 0);
      if (matching === undefined) continue;
      const workflow = await readWorkflow(tx, workflowId);
      const tenant = { tenantId, userId: workflow.owner_id };
      if (depth > maxExecutionChain) {
        // Its owner sees why, and continues it by saving it.
        await pauseWorkflowIn(tx, { id: workflowId, reason: chainTooLong });
        continue;
      }
      const { event_id, base_id, table_id, table_name } = event;
      const id = await insertExecution(
        tx,
        { tenant, durable },
        {
          workflow,
          trigger: 'record_changed',
          triggerKey: `record_changed:${event_id}`,
          input: { event_id, base_id, table_id, table_name, changes: matching },
          grantId: workflow.grant_id,
          depth,
          now: clock.now(),
        },
      );
      if (id !== undefined) started.push(id);
    }
    if (started.length === 0 && !(await isWatched(tx, event.base_id)))
      afterCommit(() => watches.shrink(actor));
    return started;
  });
}
