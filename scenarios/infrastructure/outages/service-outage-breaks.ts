import type { Break } from '../../../harness/engine/index.ts';
import { alwaysHealthy, alwaysReady } from './postgres-outage-breaks.ts';

export const healthBreaks: readonly Break[] = [
  {
    defect: 'The gateway reports services that are stopped as healthy.',
    changes: [alwaysHealthy],
    violates: ['reportedHealthy', 'notDegraded'],
  },
  {
    defect: 'The frontend is ready without the gateway.',
    changes: [alwaysReady('frontend')],
    violates: ['frontendReady'],
  },
];

export const circuitBreaks: readonly Break[] = [
  {
    defect: 'The circuit of the gateway never opens.',
    changes: [{ kind: 'environment', service: 'gateway', set: { BREAKER_FAILURES: '100000' } }],
    violates: ['neverOpened'],
  },
];

export const otherBreaks: readonly Break[] = [
  {
    defect: 'A tool returns an empty result when the service behind it is stopped.',
    changes: [
      {
        kind: 'exchange',
        service: 'mcp-server',
        path: /^\/tools\/call/,
        response: ({ body }) =>
          body.toString().includes('"success":false')
            ? { body: Buffer.from(JSON.stringify({ success: true, result: [] })) }
            : {},
      },
    ],
    violates: ['changed'],
  },
  {
    defect: 'The gateway responds with 500 instead of 502 for a stopped service.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/users/,
        response: ({ status }) => (status === 502 ? { status: 500 } : {}),
      },
    ],
    violates: ['otherErrors'],
  },
];

export const runningBreaks: readonly Break[] = [
  {
    defect: 'Services close all connections when they are told to stop.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/service/run-service.ts',
        find: '    await app.close();',
        replace: '    app.server.closeAllConnections();\n    await app.close();',
      },
    ],
    violates: ['dropped'],
  },
  {
    defect: 'Services close their stores before they have finished their requests.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/service/run-service.ts',
        find: '    await app.close();\n    for (const close of closers.reverse()) {',
        replace: '    const ended = app.close();\n    for (const close of closers.reverse()) {',
      },
      {
        kind: 'source',
        file: 'platform/kit/service/run-service.ts',
        find: "    log.info('stopped');",
        replace: "    await ended;\n    log.info('stopped');",
      },
    ],
    violates: ['dropped'],
  },
];

export const returnBreaks: readonly Break[] = [
  {
    defect: 'The circuit of the gateway does not close for two minutes.',
    changes: [{ kind: 'environment', service: 'gateway', set: { BREAKER_OPEN_MS: '120000' } }],
    violates: ['notBack', 'slowest'],
  },
];
