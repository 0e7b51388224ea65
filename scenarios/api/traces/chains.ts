import type { TraceStop } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';

/** A request that several services and stores serve, in sequence. */
export interface Chain {
  /** The hops, e.g. `gateway, mcp-server, airtable-gateway, postgresql`. */
  name: string;
  via: ServiceName;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  /** Needs no access token. */
  anonymous?: true;
  status: number;
  /** Each hop is below the one before in the tree. */
  stops: readonly TraceStop[];
}

/** What the chains are about. */
export interface ChainPlace {
  baseId: string;
  tableId: string;
  /** A workflow that creates a record. */
  workflowId: string;
  /** Workflows with one step each, and the services that their step calls, in sequence. */
  stepWorkflows: readonly { id: string; calls: readonly ServiceName[] }[];
  account: { email: string; password: string };
  /** An empty workspace. Before it is deleted, every service is asked what it holds in it. */
  emptyWorkspaceId: string;
}

const postgres = (service: ServiceName): TraceStop => ({ service, name: /^postgresql / });
const redis = (service: ServiceName): TraceStop => ({ service, name: /^redis / });

function chain(
  via: ServiceName,
  request: Pick<Chain, 'method' | 'path' | 'status'> & Pick<Partial<Chain>, 'body' | 'anonymous'>,
  ...hops: readonly (ServiceName | TraceStop)[]
): Chain {
  const stops = [via, ...hops].map((hop) => (typeof hop === 'string' ? { service: hop } : hop));
  const names = [via, ...hops].map((hop) =>
    typeof hop === 'string' ? hop : hop.name?.source.includes('redis') ? 'redis' : 'postgresql',
  );
  return { name: names.join(', '), via, ...request, stops };
}

const reads: readonly (readonly [service: ServiceName, path: string])[] = [
  ['platform-services', '/api/auth/me'],
  ['user-service', '/api/users/me'],
  ['airtable-gateway', '/api/airtable/v0/meta/bases'],
  ['file-service', '/api/files'],
  ['llm-orchestrator', '/api/sessions'],
  ['saga-service', '/api/saga'],
  ['automation-services', '/api/workflows'],
];

/** Every way in which one service of the platform calls another, or a store. */
export function declaredChains(place: ChainPlace): Chain[] {
  const { baseId, tableId, workflowId, stepWorkflows, account, emptyWorkspaceId } = place;
  const call = { name: 'list_bases', arguments: {} };
  const step = (service: ServiceName, action: string, payload: object = {}) => ({
    step_id: service.replaceAll('-', '_'),
    service,
    action,
    payload,
  });
  const saga = (service: ServiceName, action: string, payload?: object): Chain =>
    chain(
      'gateway',
      {
        method: 'POST',
        path: '/api/saga/start',
        body: { steps: [step(service, action, payload)] },
        status: 202,
      },
      'saga-service',
      service,
      postgres(service),
    );
  return [
    ...reads.map(([service, path]) =>
      chain('gateway', { method: 'GET', path, status: 200 }, service, postgres(service)),
    ),
    chain(
      'gateway',
      { method: 'POST', path: '/api/auth/login', body: account, anonymous: true, status: 200 },
      'platform-services',
      redis('platform-services'),
    ),
    chain(
      'gateway',
      { method: 'POST', path: '/api/mcp/tools/call', body: call, status: 200 },
      'mcp-server',
      'airtable-gateway',
      postgres('airtable-gateway'),
    ),
    chain(
      'gateway',
      {
        method: 'POST',
        path: '/api/execute-tool',
        body: { tool_name: 'list_bases', arguments: {} },
        status: 200,
      },
      'llm-orchestrator',
      'mcp-server',
      'airtable-gateway',
      postgres('airtable-gateway'),
    ),
    ...[{ id: workflowId, calls: ['airtable-gateway'] as const }, ...stepWorkflows].map(({ id, calls }) =>
      chain(
        'gateway',
        { method: 'POST', path: `/api/workflows/${id}/execute`, body: { input: {} }, status: 202 },
        'automation-services',
        ...calls,
        postgres(calls.at(-1) ?? 'automation-services'),
      ),
    ),
    chain(
      'frontend',
      { method: 'GET', path: '/invitation?token=readiness-unknown-token', anonymous: true, status: 404 },
      'gateway',
      'platform-services',
      postgres('platform-services'),
    ),
    saga('airtable-gateway', 'listRecords', { params: { baseId, tableIdOrName: tableId } }),
    saga('platform-services', 'listWorkspaces'),
    saga('file-service', 'stats'),
    saga('automation-services', 'stats'),
    saga('user-service', 'ownProfile'),
    saga('llm-orchestrator', 'sessions'),
    chain(
      'gateway',
      { method: 'DELETE', path: `/api/workspaces/${emptyWorkspaceId}`, status: 204 },
      'platform-services',
      'saga-service',
      postgres('saga-service'),
    ),
  ];
}
