// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import type { sagaStatuses } from '../../../platform/contracts/saga-service/sagas.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';

/** Fields of the checks of sagas. */
export const sagaCheck = {
  category: 'services',
  severity: 'high',
  needs: [
    registrationWorks,
    'services.saga-service.available',
    'services.airtable-gateway.available',
    'services.automation-services.available',
    'services.user-service.available',
  ],
  services: [
    'gateway',
    'platform-services',
    'airtable-gateway',
    'automation-services',
    'saga-service',
    'user-service',
  ],
  timeoutMs: 60_000,
} as const;

/** A base with one table, whose changes a webhook keeps in their order. */
export interface WatchedBase {
  id: string;
  table: string;
  webhook: string;
}

export async function watchedBase(send: Send): Promise<WatchedBase> {
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: 'Watched',
    workspaceId: 'default',
    tables: [
      {
        name: 'Effects',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Number', type: 'number', options: { precision: 0 } },
        ],
      },
    ],
  });
  const id = textAt(base, 'id');
  const webhook = await prepare(send, 'POST', `/api/airtable/v0/bases/${id}/webhooks`, {
    specification: {
      options: { filters: { dataTypes: ['tableData'] } },
      includes: { includePreviousCellValues: true },
    },
  });
  return { id, table: textAt(base, 'tables', 0, 'id'), webhook: textAt(webhook, 'id') };
}

/** Every change of records in order: `+a` for a created record of that name, `a→b` for a changed one, `-a` for a deleted one. */
export async function changesIn(send: Send, base: WatchedBase): Promise<string[]> {
  const path = `/api/airtable/v0/bases/${base.id}/webhooks/${base.webhook}/payloads`;
  const payloads = valueAt(await prepare(send, 'GET', path), 'payloads');
  const names = new Map<string, string>();
  const changes: string[] = [];
  for (const payload of Array.isArray(payloads) ? payloads : []) {
    const table = valueAt(payload, 'changedTablesById', base.table);
    const entries = (part: string) => Object.entries((valueAt(table, part) ?? {}) as Record<string, unknown>);
    const nameIn = (cells: unknown) =>
      String(Object.values((cells ?? {}) as Record<string, unknown>)[0] ?? '');
    for (const [id, record] of entries('createdRecordsById')) {
      names.set(id, nameIn(valueAt(record, 'cellValuesByFieldId')));
      changes.push(`+${names.get(id)}`);
    }
    for (const [id, record] of entries('changedRecordsById')) {
      const now = nameIn(valueAt(record, 'current', 'cellValuesByFieldId'));
      changes.push(`${names.get(id)}→${now}`);
      names.set(id, now);
    }
    const gone = valueAt(table, 'destroyedRecordIds');
    for (const id of Array.isArray(gone) ? gone : []) changes.push(`-${names.get(String(id)) ?? id}`);
  }
  return changes;
}

/** A step that creates a record, and deletes it when it is undone. */
export function createRecord(step_id: string, base: WatchedBase, Name = step_id) {
  const params = { baseId: base.id, tableIdOrName: base.table };
  return {
    step_id,
    service: 'airtable-gateway',
    action: 'createRecords',
    payload: { params, body: { fields: { Name } } },
    compensation_action: 'deleteRecord',
    compensation_payload: { params: { ...params, recordId: '${result.id}' } },
  };
}

/** A step that its service rejects for good. */
export function rejectedStep(base: WatchedBase, more: object = {}) {
  const step = createRecord('bad', { ...base, table: 'No such table' });
  return { ...step, ...more };
}

/** Starts a saga. @returns its id */
export async function startSaga(send: Send, body: object): Promise<string> {
  const id = textAt(await prepare(send, 'POST', '/api/saga/start', body), 'saga_id');
  if (id === '') throw new ProductFailure('The response to the start of a saga has no id.');
  return id;
}

const open: readonly (typeof sagaStatuses)[number][] = ['pending', 'running', 'compensating'];

/** Waits for the end of a saga. @returns it, with its steps and the types of its events */
export async function endOf(context: CheckContext, send: Send, id: string) {
  const read = async () => (await send('GET', `/api/saga/${id}`)).json;
  const saga = await pollUntil(
    read,
    (json) => !open.includes(textAt(json, 'status') as (typeof open)[number]),
    context,
  );
  const steps = valueAt((await send('GET', `/api/saga/${id}/steps`)).json, 'steps');
  const events = valueAt((await send('GET', `/api/saga/${id}/events`)).json, 'events');
  return {
    status: textAt(saga, 'status'),
    error: textAt(saga, 'error'),
    /** Id, state and number of attempts of each step. */
    steps: (Array.isArray(steps) ? steps : []).map(
      (step) => `${textAt(step, 'step_id')} ${textAt(step, 'status')} ${valueAt(step, 'attempts')}`,
    ),
    stepStates: Array.isArray(steps) ? steps : [],
    events: (Array.isArray(events) ? events : []).map((event) =>
      [textAt(event, 'type'), textAt(event, 'data', 'step_id')].filter(Boolean).join(' '),
    ),
  };
}

/** A type of event that a saga may wait for, unique in the run. */
export function eventType(context: Pick<CheckContext, 'unique'>, name: string): string {
  const unique = context
    .unique('x')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  return `${name}_${unique}`.slice(0, 60);
}
