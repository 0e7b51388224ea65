// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import type { Break, Change } from '../../harness/engine/index.ts';

export const targetBreaks: readonly Break[] = [
  {
    defect: 'user-service does not run.',
    changes: [{ kind: 'signal', node: 'user-service', signal: 'SIGKILL' }],
    violates: ['down'],
  },
];

/** Prometheus reports its rules with a change. */
const withRules = (
  change: (rules: { name: string; health: string; lastError?: string }[]) => void,
): Change => ({
  kind: 'exchange',
  service: 'prometheus',
  path: /^\/api\/v1\/rules/,
  // It would compress the rules.
  request: ({ headers: { 'accept-encoding': _compressed, ...headers } }) => ({ headers }),
  response({ body }) {
    const json = JSON.parse(body.toString());
    for (const { rules } of json.data.groups) change(rules);
    return { body: Buffer.from(JSON.stringify(json)) };
  },
});

export const ruleBreaks: readonly Break[] = [
  {
    defect: 'Prometheus has not loaded the first rule of each group.',
    changes: [withRules((rules) => void rules.shift())],
    violates: ['missing'],
  },
  {
    defect: 'Prometheus cannot evaluate a rule.',
    changes: [
      withRules(([first]) => {
        if (first) Object.assign(first, { health: 'err', lastError: 'no such function' });
      }),
    ],
    violates: ['failing'],
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
