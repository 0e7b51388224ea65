import type { Trigger } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Workflow } from '../../../contracts/automation-services/workflows.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { type ExecutionFile, insertExecution } from './insert-execution.ts';
import type { StartDeps } from './start-execution.ts';

export interface FileEvent {
  type: 'file_upload' | 'file_processed';
  tenantId: string;
  /** The user who uploaded the file. */
  userId: string;
  /** The workspace of the file: workflows of others do not see it. */
  workspaceId?: string | undefined;
  /** Media type. */
  contentType?: string | undefined;
  /** Bytes. */
  size?: number | undefined;
  file: ExecutionFile;
}

type FileTrigger = Extract<Trigger, { type: 'file_upload' | 'file_processed' }>;

/** Whether a media type is one of `text/csv` or `image/*`. A condition on something unknown is not met. */
function hasType(wanted: readonly string[] | undefined, given: string | undefined): boolean {
  if (wanted === undefined) return true;
  const type = given?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined) return false;
  return wanted.some((one) => one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))));
}

function hasSize({ min_size, max_size }: FileTrigger, size: number | undefined): boolean {
  if (min_size === undefined && max_size === undefined) return true;
  return size !== undefined && size >= (min_size ?? 0) && size <= (max_size ?? Number.POSITIVE_INFINITY);
}

function isTriggeredBy(
  { triggers }: Pick<Workflow, 'triggers'>,
  { type, file, contentType, size }: FileEvent,
): boolean {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  return triggers.some((trigger) => {
    if (trigger.type !== 'file_upload' && trigger.type !== 'file_processed') return false;
    if (trigger.type !== type) return false;
    const extensionMatches = trigger.extensions?.some((one) => one.replace('.', '') === extension) ?? true;
    return extensionMatches && hasType(trigger.content_types, contentType) && hasSize(trigger, size);
  });
}

/**
 * Starts every active workflow of the tenant that the event triggers, each for its owner.
 * @returns the ids of the new executions; none for an event that was delivered before
 */
export async function startForFile(
  { database, clock, durable }: StartDeps,
  event: FileEvent,
): Promise<string[]> {
  const { tenantId, userId, file } = event;
  return database.withTenant({ tenantId, userId }, async (tx) => {
    const { rows } = await tx.query<{ id: string; triggers: Workflow['triggers'] }>(
      `select id, triggers from automation.workflows
       where status = 'active' and triggers @> jsonb_build_array(jsonb_build_object('type', $1::text))
         and ($2::uuid is null or workspace_id = $2)
       order by id`,
      [event.type, event.workspaceId ?? null],
    );
    const started: string[] = [];
    for (const { id: workflowId } of rows.filter((row) => isTriggeredBy(row, event))) {
      const workflow = await readWorkflow(tx, workflowId);
      const tenant = { tenantId, userId: workflow.owner_id };
      const id = await insertExecution(
        tx,
        { tenant, durable },
        {
          workflow,
          trigger: event.type,
          triggerKey: `${event.type}:${file.id}`,
          input: { file_id: file.id, filename: file.name, uploaded_by: userId },
          file,
          grantId: workflow.grant_id,
          now: clock.now(),
        },
      );
      if (id !== undefined) started.push(id);
    }
    return started;
  });
}
