import { type Mutant, replacing } from '../mutant.ts';

const chains = ['api.traces.every-chain-is-one-tree'] as const;

/** Calls of one service to another have no trace header. */
const without = (condition: string) =>
  replacing(
    'kit/peers/peer-request.ts',
    '...traceHeaders(span.spanContext()) }',
    `...(${condition} ? {} : traceHeaders(span.spanContext())) }`,
  );

const toPeer = (peer: string) => without(`peer === '${peer}'`);

/** A service whose own configuration is not that of another one. */
const ofService = (name: string) => without(`process.argv.some((argument) => argument.includes('${name}'))`);

/** Kind 17: traces that end between two services. */
export const traceMutants: readonly Mutant[] = [
  {
    id: 'traces.no-header-between-services',
    kind: 17,
    defect: 'Services call each other without a trace header.',
    changes: [without('span !== undefined')],
    caughtBy: chains,
  },
  ...(
    [
      'airtable-gateway',
      'platform-services',
      'file-service',
      'user-service',
      'automation-services',
      'mcp-server',
      'llm-orchestrator',
      'saga-service',
      'gateway',
    ] as const
  ).map((peer) => ({
    id: `traces.no-header-to-${peer}`,
    kind: 17,
    defect: `Services call ${peer} without a trace header.`,
    changes: [toPeer(peer)],
    caughtBy: chains,
  })),
  ...(
    [
      'mcp-server',
      'llm-orchestrator',
      'automation-services',
      'saga-service',
      'frontend',
      'file-service',
      'platform-services',
    ] as const
  ).map((name) => ({
    id: `traces.no-header-from-${name}`,
    kind: 17,
    defect: `The service ${name} calls others without a trace header.`,
    changes: [ofService(name)],
    caughtBy: chains,
  })),
  {
    id: 'traces.gateway-starts-new-ones',
    kind: 17,
    defect: 'The gateway starts a new trace for each request that it passes on.',
    changes: [
      replacing(
        'services/gateway/routing/proxied-request.ts',
        'traceparent: formatTraceparent(span?.spanContext() ?? trace),',
        "traceparent: formatTraceparent({ ...trace, traceId: trace.traceId.replace(/^.{8}/, 'abcdef12') }),",
      ),
    ],
    caughtBy: chains,
  },
  {
    id: 'traces.runs-start-new-ones',
    kind: 17,
    defect: 'Runs of workflows and sagas do not belong to the request that started them.',
    changes: [
      replacing(
        'kit/durable/run-trace.ts',
        'return span === undefined ? ids : {',
        'return span === undefined || ids !== undefined ? ids : {',
      ),
    ],
    caughtBy: chains,
  },
  {
    id: 'traces.public-requests-have-none',
    kind: 17,
    defect: 'Requests to the gateway keep no trace of their client.',
    changes: [
      replacing(
        'services/gateway/routing/proxied-request.ts',
        'traceparent: request.headers.traceparent,',
        'traceparent: undefined,',
      ),
    ],
    caughtBy: ['api.requests.trace-context-kept'],
  },
];
