import type { Fault } from '../fault.ts';
import { source } from './parts.ts';

const green = ['services.platform-services.ready', 'services.user-service.ready'];

/** Faults of what the platform says of itself: health, metrics, logs, traces. */
export const observabilityFaults: readonly Fault[] = [
  {
    id: 'health.fixed-time',
    title: 'The health of a service has the same time for ever',
    layer: 'observability',
    blockers: ['B12'],
    recorded: 'Health responses with a hard-coded timestamp',
    cause: 'The response was copied from an example.',
    fix: 'Take the time of the request.',
    defaultService: 'gateway',
    symptom: /2025-08-07|clockAdvances/,
    in: (service) => ({
      changes: [
        source(
          'kit/service/operational-handlers.ts',
          '        timestamp: new Date().toISOString(),\n',
          `        timestamp: contract.name === '${service}' ? '2025-08-07T00:00:00.000Z' : new Date().toISOString(),\n`,
        ),
      ],
      bite: { kind: 'request', path: '/health', shows: /2025-08-07T00:00:00\.000Z/ },
      red: ['services.gateway.ready'],
      green,
    }),
  },
  {
    id: 'health.wrong-name',
    title: 'A service says that it is another one',
    layer: 'observability',
    blockers: ['B12', 'P9'],
    recorded: 'Port 8001 answers as authentication: it is the MCP server',
    cause: 'Any response counted as that of the service.',
    fix: 'Name the service in its readiness, and compare the name.',
    defaultService: 'mcp-server',
    symptom: /another service|airtable-gateway|identity|runs at/,
    in: (service) => ({
      changes: [
        source(
          'kit/service/operational-handlers.ts',
          "          status: ready ? 'ready' : 'not-ready',\n          service: contract.name,\n",
          `          status: ready ? 'ready' : 'not-ready',\n          service: contract.name === '${service}' ? 'airtable-gateway' : contract.name,\n`,
        ),
      ],
      bite: { kind: 'boot', node: service, shows: /airtable-gateway/ },
      red: [`services.${service}.ready`],
      green,
    }),
  },
  {
    id: 'metrics.requests-not-counted',
    title: 'The metrics count no requests',
    layer: 'observability',
    blockers: ['B18'],
    recorded: 'Dashboards without data; no alert for errors',
    cause: 'The middleware that counts was not registered.',
    fix: 'Count in the place that every request passes.',
    defaultService: 'airtable-gateway',
    symptom: /counted|requests/i,
    in: (service) => ({
      changes: [
        source(
          'kit/observe/request-observer.ts',
          '      metrics.requests.observe(method, route, status, elapsedMs / 1000);\n',
          '',
        ),
      ],
      bite: {
        kind: 'request',
        service,
        before: [{ service, path: '/health' }],
        path: '/metrics',
        shows: /^200 (?!.*http_requests_total\{)/s,
      },
      red: [`services.${service}.metrics`],
      green,
    }),
  },
  {
    id: 'logs.without-trace',
    title: 'Lines of the log do not name the trace of their request',
    layer: 'observability',
    blockers: ['B21'],
    recorded: 'Nobody finds the request that has failed',
    cause: 'The log does not know the request in which it is written.',
    fix: 'Add the ids of request and trace to every line of a request.',
    defaultService: 'user-service',
    symptom: /withoutTrace/,
    in: () => ({
      changes: [
        source(
          'kit/observe/log.ts',
          'return scope === undefined ? {} : { request_id: scope.requestId, trace_id: scope.span.traceId };',
          'return scope === undefined ? {} : { request_id: scope.requestId, without: 0 };',
        ),
        source(
          'kit/observe/request-observer.ts',
          '          request_id: id,\n          trace_id: trace.traceId,\n          ...(status',
          '          request_id: id,\n          without: 0,\n          ...(status',
        ),
      ],
      bite: {
        kind: 'log',
        node: 'user-service',
        after: [{ service: 'user-service', path: '/users/me' }],
        shows: /"request_id":"[^"]+","without":0/,
      },
      red: ['infrastructure.logs.structured-with-trace-ids'],
      green,
    }),
  },
  {
    id: 'traces.end-at-the-gateway',
    title: 'Traces end at the gateway',
    layer: 'observability',
    blockers: ['P9'],
    recorded: 'No distributed tracing: Tempo absent, traces of one span',
    cause: 'The gateway does not send the header traceparent.',
    fix: 'Send exactly one traceparent with every request to a service.',
    defaultService: 'gateway',
    symptom: /trace|tree|span/i,
    in: () => ({
      changes: [
        source(
          'services/gateway/upstream/forwarded-headers.ts',
          "headers.push('x-request-id', request.requestId, 'traceparent', request.traceparent);",
          "headers.push('x-request-id', request.requestId, 'x-not-a-trace', request.traceparent);",
        ),
      ],
      bite: { kind: 'program', service: 'gateway', contains: 'x-not-a-trace' },
      red: ['api.traces.every-chain-is-one-tree'],
      green,
    }),
  },
];
