import type { Database } from '../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../kit/postgres/storable-text.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { stillRunning, write } from './execution-progress.ts';
import type { RunningExecution } from './execution-run.ts';

/** Maximum length of a stored reason, characters. */
const maxReasonLength = 5_000;

/**
 * Does a part of a step and remembers its result, so that a later attempt or another process does not repeat it.
 * @param path the step and the part within it, e.g. `2.7`
 * @throws ExecutionLost; whatever `work` throws
 */
export async function rememberPart(
  database: Database,
  run: RunningExecution,
  { path, work }: { path: string; work: () => Promise<unknown> },
): Promise<unknown> {
  const { rows } = await database.tenantQuery<{ result: unknown }>(
    run.tenant,
    {
      name: 'completed_part',
      text: `select result from automation.execution_parts
             where execution_id = $1 and path = $2 and status = 'completed'`,
    },
    [run.id, path],
  );
  if (rows[0] !== undefined) return rows[0].result;
  await write(database, run, {
    name: 'begin_part',
    text: `insert into automation.execution_parts (execution_id, tenant_id, path, status)
           select $1, $3, $4, 'running' where ${stillRunning}
           on conflict (execution_id, path) do update
           set status = 'running', error = null, attempts = execution_parts.attempts + 1`,
    values: [run.tenant.tenantId, path],
  });
  const end = (status: 'completed' | 'failed', result: string | null, error: string | null) =>
    write(database, run, {
      name: 'end_part',
      text: `update automation.execution_parts set status = $4, result = $5::jsonb, error = $6
             where execution_id = $1 and path = $3 and ${stillRunning}`,
      values: [path, status, result, error],
    });
  try {
    const result = (await work()) ?? null;
    await end('completed', storableJson(result), null);
    return result;
  } catch (error) {
    if (error instanceof StepFailure)
      await end('failed', null, storableText(error.message).slice(0, maxReasonLength));
    throw error;
  }
}
