import type { Break } from '../../../harness/engine/index.ts';
import { alwaysReady } from './postgres-outage-breaks.ts';

export const readinessBreaks: readonly Break[] = [
  {
    defect: 'mcp-server is ready whatever fails.',
    changes: [alwaysReady('mcp-server')],
    violates: ['stillReady'],
  },
];

export const readBreaks: readonly Break[] = [
  {
    defect: 'The list of tools fails with its cache.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/llm-orchestrator/chat/tool-catalog.ts',
        find: '      warn(error);\n      return undefined;',
        replace: '      throw error;',
      },
    ],
    violates: ['broken'],
  },
  {
    defect: 'The gateway rejects every request while Redis does not respond.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/limits/limit-stores.ts',
        find: '        pausedUntil = now() + firstStorePauseMs;\n        return second.take(key, rule, requested);',
        replace: '        throw error;',
      },
    ],
    violates: ['refused'],
  },
];

export const limitBreaks: readonly Break[] = [
  {
    defect: 'Nothing is limited while Redis does not respond.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/gateway/limits/limit-stores.ts',
        find: '        pausedUntil = now() + firstStorePauseMs;\n        return second.take(key, rule, requested);',
        replace: '        return { granted: requested, used: 0, resetMs: 1_000 };',
      },
    ],
    violates: ['limited'],
  },
];

export const sessionBreaks: readonly Break[] = [
  {
    defect: 'Ended sessions are known only while Redis responds.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/auth/revocations.ts',
        find: '    isRevoked: (sessionId) => revoked.has(sessionId),',
        replace: "    isRevoked: (sessionId) => store.client.status === 'ready' && revoked.has(sessionId),",
      },
    ],
    violates: ['accepted'],
  },
];

export const healingBreaks: readonly Break[] = [
  {
    defect: 'Services do not connect to Redis again.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/redis/redis.ts',
        find: 'const retryStrategy = (attempt: number) => backoffMs({ firstMs: 100, maxMs: 1_000 }, attempt);',
        replace: 'const retryStrategy = (_attempt: number) => null;',
      },
    ],
    violates: ['notHealed', 'healedAfter'],
  },
  {
    defect: 'Redis keeps nothing over a restart.',
    changes: [
      {
        kind: 'redis',
        apply: [
          ['config', 'set', 'appendonly', 'no'],
          ['config', 'set', 'save', ''],
        ],
        restore: [['config', 'set', 'appendonly', 'yes']],
      },
    ],
    violates: ['endedAgain'],
  },
];
