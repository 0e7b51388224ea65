// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { expect, it } from 'vitest';
import type { StepDefinition } from './step-definition.ts';
import { undoesCreation } from './undoes-creation.ts';

const created: StepDefinition = {
  step_id: 'record',
  service: 'airtable-gateway',
  action: 'addRecord',
  payload: {},
  compensation_action: 'removeRecord',
  compensation_payload: { params: { baseId: 'app1', tableId: 'tbl1', recordId: '${result.id}' } },
  timeout: 60,
  retry_attempts: 3,
  optional: false,
};

it.each<[string, Partial<StepDefinition>, boolean]>([
  ['deletes the record that it created', {}, true],
  ['deletes another record', { compensation_payload: { params: { recordId: 'rec1' } } }, false],
  [
    'deletes a record that an earlier step read',
    { compensation_payload: { params: { recordId: '${read.id}' } } },
    false,
  ],
  [
    'deletes more than it created',
    { compensation_payload: { params: { recordId: '${result.id}x' } } },
    false,
  ],
  ['only read the record', { action: 'record' }, false],
  ['changes the record', { compensation_action: 'changeRecord' }, false],
  ['has nothing to undo', { compensation_action: undefined, compensation_payload: undefined }, false],
])('judges a step that %s', (_what, change, expected) => {
  expect(undoesCreation({ ...created, ...change } as StepDefinition)).toBe(expected);
});
