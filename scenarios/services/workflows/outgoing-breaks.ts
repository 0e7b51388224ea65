import type { Break } from '../../../harness/engine/index.ts';

const steps = 'platform/services/automation-services/steps';

export const outgoingBreaks: readonly Break[] = [
  {
    defect: 'A mail of a workflow reaches its first recipient only.',
    changes: [
      {
        kind: 'source',
        file: `${steps}/send-email.ts`,
        find: '              to,\n',
        replace: '              to: to.slice(0, 1),\n',
      },
    ],
    violates: ['recipients'],
  },
  {
    defect: 'A request of a workflow with a failing status completes its step.',
    changes: [
      {
        kind: 'source',
        file: `${steps}/http-request.ts`,
        find: 'if (settings.fail_on_status && status >= 300) {',
        replace: 'if (settings.fail_on_status && status >= 600) {',
      },
    ],
    violates: ['failedOnStatus'],
  },
];
