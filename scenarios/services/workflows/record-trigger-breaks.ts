import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

export const recordTriggerBreaks: readonly Break[] = [
  {
    defect: 'Workflows are saved without their triggers.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows$/,
        request({ body }) {
          const workflow = JSON.parse(body.toString());
          return { body: Buffer.from(JSON.stringify({ ...workflow, triggers: [] })) };
        },
      },
    ],
    violates: ['started'],
  },
  {
    defect: 'A trigger does not look at the table of a change.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows$/,
        request({ body }) {
          const { triggers, ...workflow } = JSON.parse(body.toString());
          const everywhere = triggers.map(({ table: _table, ...trigger }: { table?: string }) => trigger);
          return { body: Buffer.from(JSON.stringify({ ...workflow, triggers: everywhere })) };
        },
      },
    ],
    violates: ['started'],
  },
  {
    defect: 'Executions name another record than the changed one.',
    changes: [
      alteredJson('GET', /\/executions\/[^?]+$/, (body) => {
        for (const change of body.input?.changes ?? []) change.record_id = 'recAnother00000001';
      }),
    ],
    violates: ['records'],
  },
];
