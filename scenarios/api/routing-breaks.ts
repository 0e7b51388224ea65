import type { Break } from '../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak, rejectWith, respondWith } from '../kit/breaks.ts';

const health = { path: /^\/api\/health$/ };

export const gatewayHealthBreaks: readonly Break[] = [
  oneBreak(
    'The gateway reports a dead service as healthy and a healthy one as dead.',
    changeJson(health, (json) => ({
      ...json,
      services: json.services.map((one: object, index: number) =>
        index === 0 ? { ...one, status: 'unhealthy', error: 'ECONNREFUSED' } : one,
      ),
    })),
    'disagreements',
  ),
  oneBreak(
    'The gateway reports the health of a fixed moment.',
    changeJson(health, (json) => ({ ...json, timestamp: '2025-08-07T00:00:00.000Z' })),
    'clockAdvances',
  ),
  oneBreak(
    'The gateway waits 2.1 s for each health report.',
    { kind: 'exchange', ...health, delayMs: 2_100 },
    'duration',
  ),
  {
    defect: 'The gateway reports a stopped service as healthy.',
    changes: [
      { kind: 'signal', node: 'file-service', signal: 'SIGKILL' },
      changeJson(health, (json) => ({
        ...json,
        services: json.services.map((one: object) => ({ ...one, status: 'healthy' })),
      })),
    ],
    violates: ['disagreements'],
  },
];

export const unknownRoutesBreaks: readonly Break[] = [
  oneBreak(
    'The gateway responds with 200 to unknown paths.',
    respondWith({ path: /./, status: 404 }, 200, {}),
    'status',
    'notRejected',
  ),
  oneBreak(
    'The gateway passes an undeclared path to a service.',
    rejectWith({ path: /^\/api\/users\/me\/extra$/ }, 'not_found', 'user-service'),
    'notRejected',
  ),
  oneBreak(
    'The gateway does not know that a path has other methods.',
    changeStatus({ method: 'DELETE', path: /^\/api\/auth\/login$/ }, 404),
    'wrongMethod',
  ),
];

export const internalRoutesBreaks: readonly Break[] = [
  oneBreak(
    'The gateway passes internal routes to the services.',
    rejectWith({ path: /internal/ }, 'validation_failed', 'user-service'),
    'reached',
  ),
  oneBreak(
    'The gateway accepts a guessed internal key.',
    respondWith(
      { path: /internal/, when: ({ headers }) => headers['x-internal-key'] !== undefined },
      200,
      {},
    ),
    'reached',
  ),
];

export const versionAliasBreaks: readonly Break[] = [
  oneBreak(
    '/api/v1 has no routes.',
    rejectWith({ path: /^\/api\/v1\// }, 'not_found', 'gateway'),
    'different',
    'sameUser',
  ),
  oneBreak(
    '/api/v1 responds for another user.',
    changeJson({ path: /^\/api\/v1\/auth\/me$/ }, (json) => ({
      ...json,
      id: '00000000-0000-4000-8000-000000000001',
    })),
    'sameUser',
  ),
];
