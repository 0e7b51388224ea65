import type { Break } from '../../../harness/engine/index.ts';

const guard = 'platform/kit/outbound/decide-target.ts';
const step = 'platform/services/automation-services/steps/http-request.ts';
const ping = 'platform/services/airtable-gateway/embedded/webhooks/send-notification.ts';

export const decisionBreaks: readonly Break[] = [
  {
    defect: 'Link-local addresses are allowed.',
    changes: [{ kind: 'source', file: guard, find: "  ['169.254.0.0', 16],\n", replace: '' }],
    violates: ['accepted'],
  },
  {
    defect: 'A loop does not judge the URL of its step.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows$/,
        request: ({ body }) =>
          body.includes('for_each')
            ? { body: Buffer.from(body.toString().replace('169.254.169.254', 'api.example.com')) }
            : {},
      },
    ],
    violates: ['nested'],
  },
];

export const workflowBreaks: readonly Break[] = [
  {
    defect: 'Steps call every address.',
    changes: [
      {
        kind: 'source',
        file: step,
        find: '  if (!target.allowed) throw new StepFailure(target.reason);\n  if (target.kind',
        replace:
          "  if (!target.allowed) Object.assign(target, { allowed: true, kind: 'public', addresses: ['127.0.0.1'] });\n  if (!target.allowed) throw new StepFailure(target.reason);\n  if (target.kind",
      },
    ],
    violates: ['hits', 'notFailed'],
  },
];

export const pingBreaks: readonly Break[] = [
  {
    defect: 'A ping goes to the stored URL without another decision.',
    changes: [
      {
        kind: 'source',
        file: ping,
        find: '  if (!target.allowed) return',
        replace:
          "  if (!target.allowed) Object.assign(target, { allowed: true, kind: 'trusted' });\n  if (!target.allowed) return",
      },
    ],
    violates: ['hits', 'notJudgedAgain'],
  },
  {
    defect: 'The URL of a webhook is not judged when it is stored.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/airtable\/v0\/bases\/[^/]+\/webhooks$/,
        request: ({ body }) => ({
          body: Buffer.from(
            body.toString().replace(/http:\/\/[^"]*\/created/, 'https://pings.example.invalid/x'),
          ),
        }),
      },
    ],
    violates: ['accepted'],
  },
];
