import type { CheckContext } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { PlatformHealth } from '../../platform/contracts/gateway/contract.ts';
import { toolNames } from '../../platform/contracts/mcp-server/contract.ts';
import type { RouteSpec } from '../../platform/contracts/route.ts';
import { gatewayPath, type ServiceName } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { deviationsFrom, textAt, valueAt } from '../kit/shape.ts';
import type { DirectSession } from './direct-session.ts';

/** The smallest piece of real work that shows a service does its job, not only that it listens. */
export interface FunctionalProbe {
  service: ServiceName;
  /** What is asked for, in the report's words. */
  asks: string;
  method: 'GET' | 'POST';
  path: string;
  body?: (session: DirectSession) => unknown;
  /** Name of the route in the service's contract, whose schema the answer has to match exactly. */
  route: string;
  /** What the answer must say beyond its shape; sentences about what is wrong. */
  wrong(json: unknown, session: DirectSession): string[];
}

/** The services that clients reach through the gateway, by their contracts. */
const servicesBehindGateway = catalogue
  .filter((contract) => Object.values(contract.routes).some((route) => gatewayPath(contract, route)))
  .map(({ name }) => name)
  .filter((name) => name !== 'gateway');

const routeOf = (probe: FunctionalProbe): RouteSpec | undefined =>
  catalogue.find(({ name }) => name === probe.service)?.routes[probe.route];

export const functionalProbes: readonly FunctionalProbe[] = [
  {
    service: 'gateway',
    asks: 'the state of all services behind it',
    method: 'GET',
    path: '/api/health',
    route: 'platformHealth',
    wrong: (json) => {
      const health = PlatformHealth.safeParse(json);
      const named = health.success ? health.data.services.map(({ name }) => name) : [];
      const missing = servicesBehindGateway.filter((name) => !named.includes(name));
      return missing.map((name) => `says nothing about ${name}`);
    },
  },
  {
    service: 'mcp-server',
    asks: 'its 14 tools',
    method: 'GET',
    path: '/tools',
    route: 'tools',
    wrong: (json) => {
      const tools = valueAt(json, 'tools');
      const names = Array.isArray(tools) ? tools.map((tool) => textAt(tool, 'name')) : [];
      return toolNames.filter((name) => !names.includes(name)).map((name) => `does not offer ${name}`);
    },
  },
  {
    service: 'airtable-gateway',
    asks: 'the bases of the caller',
    method: 'GET',
    path: '/bases',
    route: 'bases',
    wrong: () => [],
  },
  {
    service: 'llm-orchestrator',
    asks: 'a cost estimate',
    method: 'POST',
    path: '/budgets/estimate-cost',
    body: () => ({ message: 'How many records are in my base?' }),
    route: 'estimateCost',
    wrong: (json) =>
      Number(valueAt(json, 'input_tokens')) > 0 ? [] : ['estimates no input tokens for a real message'],
  },
  {
    service: 'file-service',
    asks: 'the number of the tenant’s files',
    method: 'GET',
    path: '/files/stats/summary',
    route: 'stats',
    wrong: (json) => (valueAt(json, 'total') === 0 ? [] : ['a new tenant has files']),
  },
  {
    service: 'saga-service',
    asks: 'its workflow templates',
    method: 'GET',
    path: '/workflows/templates',
    route: 'templates',
    wrong: (json) =>
      JSON.stringify(json ?? '').includes('user_registration') ? [] : ['lacks user_registration'],
  },
  {
    service: 'automation-services',
    asks: 'whether a cron expression is valid',
    method: 'POST',
    path: '/workflows/validate-cron',
    body: () => ({ cron: '*/5 * * * *' }),
    route: 'validateCron',
    wrong: (json) => {
      const next = valueAt(json, 'next');
      const right = valueAt(json, 'valid') === true && Array.isArray(next) && next.length > 0;
      return right ? [] : ['knows no next time of a valid expression'];
    },
  },
  {
    service: 'platform-services',
    asks: 'whether a fresh token is valid',
    method: 'POST',
    path: '/auth/validate',
    body: ({ accessToken }) => ({ token: accessToken }),
    route: 'validate',
    wrong: (json, { userId }) =>
      valueAt(json, 'claims', 'sub') === userId ? [] : ['the claims are not of who signed up'],
  },
  {
    service: 'user-service',
    asks: 'the profile of who just signed up',
    method: 'GET',
    path: '/users/me',
    route: 'ownProfile',
    wrong: (json, { email }) =>
      textAt(json, 'email').toLowerCase() === email ? [] : ['the profile is somebody else’s'],
  },
];

/** What is wrong with one answer to a functional probe; empty when the service did its work. */
export async function runProbe(
  { http }: CheckContext,
  probe: FunctionalProbe,
  session: DirectSession,
): Promise<string[]> {
  const answer = await http.request(probe.service, probe.path, {
    method: probe.method,
    token: session.accessToken,
    ...(probe.body ? { body: probe.body(session) } : {}),
  });
  const route = routeOf(probe);
  if (!route?.success.schema) return [`the contract of ${probe.service} has no route ${probe.route}`];
  if (answer.status !== route.success.status || servedBy(answer) !== probe.service) {
    return [`${probe.method} ${probe.path} answered ${summary(answer)}`];
  }
  return [...deviationsFrom(route.success.schema, answer.json), ...probe.wrong(answer.json, session)];
}
