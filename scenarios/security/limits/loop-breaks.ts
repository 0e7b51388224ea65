import type { Break } from '../../../harness/engine/index.ts';

export const loopBreaks: readonly Break[] = [
  {
    defect: 'A workflow that watches records starts however long the chain behind it is.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/automation-services/executions/start-for-records.ts',
        find: 'if (depth > maxExecutionChain) {',
        replace: 'if (depth > 1_000_000 * maxExecutionChain) {',
      },
    ],
    violates: ['byRecords'],
  },
  {
    defect: 'A workflow can start itself by a request for ever.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/automation-services/executions/execution-chain.ts',
        find: "if (depth > maxExecutionChain) throw problem('conflict', { message: chainTooLong });",
        replace: '',
      },
    ],
    // The chain of grants ends it later.
    violates: ['byRequestsRuns'],
  },
];
