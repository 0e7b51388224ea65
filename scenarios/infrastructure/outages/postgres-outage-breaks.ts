import type { Break, Change } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';

/** `/ready` of a service says 200 whatever it found. */
export function alwaysReady(service: ServiceName): Change {
  return {
    kind: 'exchange',
    service,
    path: /^\/ready/,
    response: ({ body }) => ({
      status: 200,
      body: Buffer.from(body.toString().replace('"not-ready"', '"ready"').replaceAll('"failed"', '"ok"')),
    }),
  };
}

/** The gateway reports every service as healthy, whatever it found. */
export const alwaysHealthy: Change = {
  kind: 'exchange',
  path: /^\/api\/health/,
  response: ({ body }) => ({
    body: Buffer.from(body.toString().replaceAll(/"(?:degraded|unhealthy|unreachable)"/g, '"healthy"')),
  }),
};

export const readinessBreaks: readonly Break[] = [
  {
    defect: 'file-service is ready whatever fails.',
    changes: [alwaysReady('file-service')],
    violates: ['stillReady'],
  },
  {
    defect: 'saga-service leaves the database out of its readiness.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/saga-service/main.ts',
        find: 'dependencies: [database.dependency, redis.dependency, sagas.durable.dependency],',
        replace: 'dependencies: [redis.dependency],',
      },
    ],
    violates: ['stillReady'],
  },
];

/** A response with this status becomes an empty result. */
const emptyInstead = (service: ServiceName, path: RegExp, empty: object): Change => ({
  kind: 'exchange',
  service,
  path,
  response: ({ status, headers }) =>
    status < 500
      ? {}
      : {
          status: 200,
          headers: { ...headers, 'content-type': 'application/json' },
          body: Buffer.from(JSON.stringify(empty)),
        },
});

export const readBreaks: readonly Break[] = [
  {
    defect: 'file-service lists no files when the database fails.',
    changes: [
      emptyInstead('file-service', /^\/files(?:\?|$)/, { files: [], total: 0, page: 1, page_size: 20 }),
    ],
    violates: ['hiddenFailures'],
  },
  {
    defect: 'platform-services counts nothing when the database fails.',
    changes: [emptyInstead('platform-services', /^\/workspaces(?:\?|$)/, { workspaces: [] })],
    violates: ['hiddenFailures'],
  },
  {
    defect: 'user-service responds with 500 when the database fails.',
    changes: [
      {
        kind: 'exchange',
        service: 'user-service',
        path: /^\/users/,
        response: ({ status }) => (status === 503 ? { status: 500 } : {}),
      },
    ],
    violates: ['otherErrors'],
  },
];

export const healingBreaks: readonly Break[] = [
  {
    defect: 'Clients get 500 instead of 503 while the database is stopped.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/workflows/,
        response: ({ status }) => (status === 503 ? { status: 500 } : {}),
      },
    ],
    violates: ['otherErrors'],
  },
  {
    defect: 'Workflows that were confirmed are not stored.',
    changes: [
      {
        kind: 'trigger',
        on: 'after insert on automation.workflows',
        // The service reads the workflow again before it confirms it.
        atCommit: true,
        does: `if new.name like 'restart%' then delete from automation.workflows where id = new.id; end if;
               return null;`,
      },
    ],
    violates: ['lost'],
  },
];

export const writeBreaks: readonly Break[] = [
  {
    defect: 'user-service confirms a change that it could not store.',
    changes: [
      {
        kind: 'exchange',
        service: 'user-service',
        path: /^\/users\/me/,
        response: ({ status }, { method }) => (method !== 'GET' && status >= 500 ? { status: 200 } : {}),
      },
    ],
    violates: ['accepted'],
  },
];
