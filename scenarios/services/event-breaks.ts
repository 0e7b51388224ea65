import type { Break } from '../../harness/engine/index.ts';
import { alteredJson } from '../kit/altered-response.ts';

export const onboardingBreaks: readonly Break[] = [
  {
    defect: 'The event of a registration is never stored.',
    changes: [{ kind: 'trigger', on: 'before insert on identity.outgoing_events', does: 'return null;' }],
    violates: ['saga', 'workspaces', 'notifications'],
  },
];

export const fileTriggerBreaks: readonly Break[] = [
  {
    defect: 'Workflows lose their triggers when they are saved.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows$/,
        request: ({ body }) => ({
          body: Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), triggers: [] })),
        }),
      },
    ],
    violates: ['file_upload', 'file_processed'],
  },
];

export const webhookBreaks: readonly Break[] = [
  {
    defect: 'Messages with a wrong signature are accepted.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/hooks\//,
        response: ({ status }) => (status === 401 ? { status: 202 } : {}),
      },
    ],
    violates: ['accepted'],
  },
  {
    defect: 'A repeated message starts another execution.',
    changes: [
      alteredJson('POST', /^\/api\/hooks\//, (body) => {
        body.execution_id = crypto.randomUUID();
      }),
    ],
    violates: ['repetition'],
  },
];

export const workspaceDeletionBreaks: readonly Break[] = [
  {
    defect: 'A deleted base stays.',
    changes: [
      {
        kind: 'exchange',
        method: 'DELETE',
        path: /^\/api\/airtable\/v0\/meta\/bases\/app/,
        request: () => ({ method: 'GET' }),
      },
    ],
    violates: ['baseAfter', 'emptyIs', 'workspaceAfter'],
  },
  {
    defect: 'A new base belongs to no workspace that exists.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on airtable.bases',
        does: 'new.workspace_id := gen_random_uuid(); return new;',
      },
    ],
    violates: ['fullIs', 'kept'],
  },
];

export const modelBreaks: readonly Break[] = [
  {
    defect: 'A chat costs nothing.',
    changes: [
      alteredJson('POST', /^\/api\/chat$/, (body) => {
        body.cost_info.total_cost = '0.000000';
      }),
    ],
    violates: ['totalCost'],
  },
];
