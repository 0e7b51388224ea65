import type { Break } from '../../../harness/engine/index.ts';

export const hangBreaks: readonly Break[] = [
  {
    defect: 'The gateway waits for services without a time limit.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/upstream/forward-request.ts',
        find: 'headersTimeout: options.timeoutMs,',
        replace: 'headersTimeout: 0,',
      },
    ],
    violates: ['otherOutcomes', 'slowest'],
  },
  {
    defect: 'A response that does not come in time opens no circuit.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/upstream/forward-request.ts',
        find: "this.#reportToBreaker(this.#clientDisconnected || rejection.status < 500 ? 'abandoned' : 'failed');",
        replace: "this.#reportToBreaker(rejection.code === 'bad_gateway' ? 'failed' : 'abandoned');",
      },
    ],
    violates: ['circuitsClosed'],
  },
  {
    defect: 'An open circuit never closes.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/upstream/circuit-breaker.ts',
        find: '      openUntil = options.now() + openMs;',
        replace: '      openUntil = options.now() + 120_000;',
      },
    ],
    violates: ['notHealed', 'healedAfter'],
  },
];
