import type { CheckContext } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { PlatformHealth } from '../../platform/contracts/gateway/contract.ts';
import { toolNames } from '../../platform/contracts/mcp-server/contract.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import { gatewayPath, type ServiceName } from '../../platform/contracts/service.ts';
import { servicesBehindGateway } from '../api/gateway-routes.ts';
import { servedBy, summary } from '../kit/response.ts';
import { deviationsFrom, textAt, valueAt } from '../kit/shape.ts';
import type { DirectSession } from './direct-session.ts';

/** A small request that proves that a service does its work. */
export interface FunctionalProbe {
  service: ServiceName;
  /** The requested result, as the report names it. */
  requested: string;
  method: 'GET' | 'POST';
  path: string;
  body?: (session: DirectSession) => unknown;
  /** Name of the route in the service's contract. The response must match its schema exactly. */
  route: string;
  /** Problems with the content of the response, one sentence each. */
  problems(json: unknown, session: DirectSession): string[];
}

const contractOf = ({ service }: FunctionalProbe) => catalogue.find(({ name }) => name === service);

const routeOf = (probe: FunctionalProbe): RouteSpec | undefined => contractOf(probe)?.routes[probe.route];

function pathAtGateway(probe: FunctionalProbe): string | undefined {
  const [contract, route] = [contractOf(probe), routeOf(probe)];
  return contract && route && gatewayPath(contract, route);
}

export const functionalProbes: readonly FunctionalProbe[] = [
  {
    service: 'gateway',
    requested: 'the state of all services behind it',
    method: 'GET',
    path: '/api/health',
    route: 'platformHealth',
    problems: (json) => {
      const health = PlatformHealth.safeParse(json);
      const named = health.success ? health.data.services.map(({ name }) => name) : [];
      return servicesBehindGateway
        .filter(({ name }) => !named.includes(name))
        .map(({ name }) => `does not mention ${name}`);
    },
  },
  {
    service: 'mcp-server',
    requested: 'its tools',
    method: 'GET',
    path: '/tools',
    route: 'tools',
    problems: (json) => {
      const tools = valueAt(json, 'tools');
      const names = Array.isArray(tools) ? tools.map((tool) => textAt(tool, 'name')) : [];
      return toolNames.filter((name) => !names.includes(name)).map((name) => `does not offer ${name}`);
    },
  },
  {
    service: 'airtable-gateway',
    requested: 'the bases of the caller',
    method: 'GET',
    path: '/bases',
    route: 'bases',
    problems: () => [],
  },
  {
    service: 'llm-orchestrator',
    requested: 'a cost estimate',
    method: 'POST',
    path: '/budgets/estimate-cost',
    body: () => ({ message: 'How many records are in my base?' }),
    route: 'estimateCost',
    problems: (json) =>
      Number(valueAt(json, 'input_tokens')) > 0 ? [] : ['estimates no input tokens for a message'],
  },
  {
    service: 'file-service',
    requested: 'the tenant’s list of files',
    method: 'GET',
    path: '/files',
    route: 'list',
    problems: (json) => (valueAt(json, 'total') === 0 ? [] : ['a new tenant has files']),
  },
  {
    service: 'saga-service',
    requested: 'its workflow templates',
    method: 'GET',
    path: '/workflows/templates',
    route: 'templates',
    problems: (json) =>
      JSON.stringify(json ?? '').includes('user_registration') ? [] : ['lacks user_registration'],
  },
  {
    service: 'automation-services',
    requested: 'the validation of a cron expression',
    method: 'POST',
    path: '/workflows/validate-cron',
    body: () => ({ cron: '*/5 * * * *' }),
    route: 'validateCron',
    problems: (json) => {
      const next = valueAt(json, 'next');
      const valid = valueAt(json, 'valid') === true && Array.isArray(next) && next.length > 0;
      return valid ? [] : ['gives no next time for a valid expression'];
    },
  },
  {
    service: 'platform-services',
    requested: 'the validation of a fresh token',
    method: 'POST',
    path: '/auth/validate',
    body: ({ accessToken }) => ({ token: accessToken }),
    route: 'validate',
    problems: (json, { userId }) =>
      valueAt(json, 'claims', 'sub') === userId ? [] : ['the claims are of another user'],
  },
  {
    service: 'user-service',
    requested: 'the profile of a new user',
    method: 'GET',
    path: '/users/me',
    route: 'ownProfile',
    problems: (json, { email }) =>
      textAt(json, 'email').toLowerCase() === email ? [] : ['the profile is of another user'],
  },
];

/** The problems with one response to a functional probe; empty when the service did its work. */
export async function runProbe(
  { http, reaches }: CheckContext,
  probe: FunctionalProbe,
  session: DirectSession,
): Promise<string[]> {
  const direct = reaches(probe.service);
  const path = direct ? probe.path : pathAtGateway(probe);
  if (path === undefined) return [`the gateway has no route to ${probe.path} of ${probe.service}`];
  const response = await http.request(direct ? probe.service : 'gateway', path, {
    method: probe.method,
    token: session.accessToken,
    ...(probe.body ? { body: probe.body(session) } : {}),
  });
  const route = routeOf(probe);
  if (!route?.success.schema) return [`the contract of ${probe.service} has no route ${probe.route}`];
  if (response.status !== route.success.status || servedBy(response) !== probe.service) {
    return [`${probe.method} ${path} returned ${summary(response)}`];
  }
  return [...deviationsFrom(route.success.schema, response.json), ...probe.problems(response.json, session)];
}
