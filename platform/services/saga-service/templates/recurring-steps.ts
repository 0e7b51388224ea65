// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import type { StepDefinition } from '../steps/step-definition.ts';
import { step } from './template.ts';

/** A notification to a user. The saga does not fail without it. */
export function notification(
  text: { subject: string; body: string },
  to = { tenant_id: '${saga.tenant_id}', user_id: '${saga.user_id}' },
): StepDefinition {
  return step({
    step_id: 'notify',
    service: 'automation-services',
    action: 'command',
    trusted: true,
    optional: true,
    payload: { body: { command: 'notify', idempotency_key: '${saga.id}:notify', ...to, payload: text } },
  });
}

/** A workspace of the user who started the saga; deleted when the saga is undone. */
export function createWorkspace(described: { name: string; description?: string }): StepDefinition {
  return step({
    step_id: 'workspace',
    service: 'platform-services',
    action: 'createWorkspace',
    payload: { body: described },
    compensation_action: 'deleteWorkspace',
    compensation_payload: { params: { id: '${result.id}' } },
  });
}

/** The first `input.max_records` records of a table. */
export function readRecords(step_id: string, table: { baseId: string; tableId: string }): StepDefinition {
  return step({
    step_id,
    service: 'airtable-gateway',
    action: 'records',
    payload: { params: table, query: { max_records: '${input.max_records}' } },
  });
}

/** Checks that the user may use a base, before any step that would have to be undone. */
export function validateBase(baseId: string): StepDefinition {
  return step({
    step_id: 'validate',
    service: 'airtable-gateway',
    action: 'schema',
    payload: { params: { baseId } },
  });
}

/** One record in a table; deleted when the saga is undone. */
export function addRecord(
  step_id: string,
  table: { baseId: string; tableId: string },
  body: unknown,
): StepDefinition {
  return step({
    step_id,
    service: 'airtable-gateway',
    action: 'addRecord',
    // After a lost response, another attempt would create the record twice.
    retry_attempts: 0,
    payload: { params: table, body },
    compensation_action: 'removeRecord',
    compensation_payload: { params: { ...table, recordId: '${result.id}' } },
  });
}
