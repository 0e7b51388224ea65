import type { Break } from '../../harness/engine/index.ts';
import { changeJson, oneBreak } from '../kit/breaks.ts';

export const redisFull: Break = {
  defect: 'The memory of Redis is full.',
  changes: [
    {
      kind: 'redis',
      apply: [['config', 'set', 'maxmemory', '1']],
      restore: [['config', 'set', 'maxmemory', '256mb']],
    },
  ],
  violates: [],
};

export const redisStopped: Break = {
  defect: 'Redis does not respond.',
  changes: [{ kind: 'signal', node: 'redis', signal: 'SIGSTOP' }],
  violates: [],
};

export const redisGuessable: Break = {
  defect: 'Redis also accepts a password that anyone can guess.',
  changes: [
    {
      kind: 'redis',
      apply: [['acl', 'setuser', 'default', '>not-the-password']],
      restore: [['acl', 'setuser', 'default', '<not-the-password']],
    },
  ],
  violates: ['wrongPassword'],
};

export const redisEvicts: Break = {
  defect: 'Redis evicts the keys that were not used for long.',
  changes: [
    {
      kind: 'redis',
      apply: [['config', 'set', 'maxmemory-policy', 'allkeys-lru']],
      restore: [['config', 'set', 'maxmemory-policy', 'noeviction']],
    },
  ],
  violates: ['evictionPolicy'],
};

export const slowStart: Break = {
  defect: 'mcp-server is ready after half a minute only.',
  changes: [
    {
      kind: 'source',
      file: 'platform/services/mcp-server/main.ts',
      find: 'void runService({',
      replace: 'await new Promise((resolve) => setTimeout(resolve, 31_000));\nvoid runService({',
    },
  ],
  violates: ['slow', 'slowest'],
};

export const serviceKilled: Break = {
  defect: 'llm-orchestrator is killed for its memory.',
  changes: [{ kind: 'signal', node: 'llm-orchestrator', signal: 'SIGKILL' }],
  violates: ['ended'],
};

export const slowResponses: Break = {
  defect: 'Each response of file-service takes 60 ms longer.',
  changes: [{ kind: 'exchange', service: 'file-service', path: /^\/health/, delayMs: 60 }],
  violates: ['slow'],
};

export const fixedHealth: Break = oneBreak(
  'file-service reports a fixed health.',
  changeJson({ service: 'file-service', path: /^\/health/ }, (health) => ({ ...health, uptime_s: 1 })),
  'failed',
);

export const quietService: Break = {
  defect: 'user-service logs nothing about rejected requests.',
  changes: [{ kind: 'environment', service: 'user-service', set: { LOG_LEVEL: 'fatal' } }],
  violates: ['withoutTrace'],
};

export const untracedLogs: Break = {
  defect: 'Log lines carry no id of the trace.',
  changes: [
    {
      kind: 'source',
      file: 'platform/kit/observe/log.ts',
      find: 'trace_id: scope.span.traceId',
      replace: 'trace: scope.span.traceId',
    },
    // The line of a request names its trace itself.
    {
      kind: 'source',
      file: 'platform/kit/observe/request-observer.ts',
      find: '          trace_id: trace.traceId,\n',
      replace: '          trace: trace.traceId,\n',
    },
  ],
  violates: ['withoutTrace'],
};
