import type { Break } from '../../harness/engine/index.ts';

export const targetBreaks: readonly Break[] = [
  {
    defect: 'user-service does not run.',
    changes: [{ kind: 'signal', node: 'user-service', signal: 'SIGKILL' }],
    violates: ['down'],
  },
];

export const dashboardBreaks: readonly Break[] = [
  {
    defect: 'Services count their requests under another name.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/observe/request-metrics.ts',
        find: 'const totals = all.map((series) => `http_requests_total{',
        replace: 'const totals = all.map((series) => `requests_total{',
      },
    ],
    violates: ['withoutData'],
  },
];

export const alertBreaks: readonly Break[] = [
  {
    defect: 'Services count every response as a success.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/observe/request-metrics.ts',
        find: 'status_code="${status}",',
        replace: 'status_code="200",',
      },
    ],
    violates: ['firedWithin', 'clearedWithin'],
  },
];
