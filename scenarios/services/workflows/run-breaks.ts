import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

const executionPath = /^\/api\/executions\/[0-9a-f-]{36}$/;

export const stepBreaks: readonly Break[] = [
  {
    defect: 'A step that updates a record changes nothing and completes.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of cells on airtable.records',
        does: 'return old;',
      },
    ],
    violates: ['stored'],
  },
];

export const endBreaks: readonly Break[] = [
  {
    defect: 'A run with a failed step reads as completed.',
    changes: [
      alteredJson('GET', executionPath, (body) => {
        if (body.status === 'failed') body.status = 'completed';
      }),
    ],
    violates: ['failed', 'inLoop', 'inParallel', 'timedOut'],
  },
];

export const controlBreaks: readonly Break[] = [
  {
    defect: 'Pausing a run cancels it.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/executions\/[^/]+\/pause$/,
        request: ({ url }) => ({ url: url.replace('/pause', '/cancel') }),
      },
    ],
    violates: ['paused'],
  },
];

export const statsBreaks: readonly Break[] = [
  {
    defect: 'The statistics are always 0.',
    changes: [
      alteredJson('GET', /^\/api\/workflows\/stats\/summary$/, (body) => {
        body.workflows = 0;
        body.executions = 0;
      }),
    ],
    violates: ['stats'],
  },
  {
    defect: 'Page 2 is page 1.',
    changes: [
      {
        kind: 'exchange',
        path: /[?&]page=2/,
        request: ({ url }) => ({ url: url.replace('page=2', 'page=1') }),
      },
    ],
    violates: ['pages', 'notifications'],
  },
];

export const versionBreaks: readonly Break[] = [
  {
    defect: 'Every version of a workflow has the content of the current one.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/workflows\/[^/]+\/versions\/2$/,
        request: ({ url }) => ({ url: url.replace(/2$/, '3') }),
      },
    ],
    violates: ['second'],
  },
];
