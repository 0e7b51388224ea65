import { expect, it } from 'vitest';
import { z } from 'zod';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { type RouteSpec, route } from '../../../platform/contracts/route.ts';
import { service } from '../../../platform/contracts/service.ts';
import { excludedOperations } from './excluded-operations.ts';
import { type FuzzingReport, observeFuzzing } from './fuzzing-report.ts';

const users = service({
  name: 'user-service',
  title: 'Users',
  port: 8008,
  mounts: [],
  routes: {
    profile: route({
      method: 'GET',
      path: '/users/:id',
      summary: 'A profile',
      access: 'user',
      params: z.object({ id: z.string() }),
      success: { status: 200, description: 'The profile' },
    }),
  },
});

type Statuses = Record<string, number>;
const operational = { 'GET /health': { 200: 1 }, 'GET /ready': { 200: 1 }, 'GET /metrics': { 200: 1 } };

function observe(
  operations: Record<string, Statuses>,
  failures: FuzzingReport['documents'][number]['failures'] = [],
  excluded: string[] = [],
) {
  const report = { documents: [{ service: 'user-service' as const, operations, failures }] };
  return observeFuzzing(report, { contracts: [users], excluded: new Set(excluded) });
}

it('counts requests and operations whose responses came from the operation', () => {
  expect(observe({ ...operational, 'GET /users/{id}': { 200: 3, 404: 2, 401: 1 } })).toEqual({
    documents: 1,
    requests: 9,
    uncovered: [],
    findings: [],
  });
});

it.each<[string, Record<string, Statuses>]>([
  ['got no request', {}],
  ['got requests but no response', { 'GET /users/{id}': { none: 3 } }],
  ['rejected every token', { 'GET /users/{id}': { 401: 9 } }],
  ['was over a limit', { 'GET /users/{id}': { 429: 9, 405: 1, 415: 1 } }],
])('reports an operation that %s as uncovered', (_what, operations) => {
  expect(observe({ ...operational, ...operations }).uncovered).toEqual(['user-service GET /users/{id}']);
});

it('expects nothing of an excluded operation', () => {
  expect(observe(operational, [], ['user-service GET /users/{id}']).uncovered).toEqual([]);
});

it('reports every operation of a document that could not be read as uncovered', () => {
  expect(observe({}).uncovered).toHaveLength(4);
});

it('counts a document that was not begun as missing, and its operations not as uncovered', () => {
  const observed = observeFuzzing({ documents: [] }, { contracts: [users], excluded: new Set() });
  expect(observed).toEqual({ documents: 0, requests: 0, uncovered: [], findings: [] });
});

it('names the service, the operation, the check and the command of a finding', () => {
  const failure = {
    operation: 'GET /users/{id}',
    check: 'not_a_server_error',
    message: 'Server error: ',
    curl: 'curl -X GET http://127.0.0.1:1/users/0',
  };
  expect(observe(operational, [failure]).findings).toEqual([
    'user-service GET /users/{id}: not_a_server_error · Server error: · curl -X GET http://127.0.0.1:1/users/0',
  ]);
});

it.each(excludedOperations)('excludes $service $operation, which exists', ({ service, operation }) => {
  const routes = catalogue.find(({ name }) => name === service)?.routes ?? {};
  const operations = Object.values<RouteSpec>(routes).map(
    ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  expect(operations).toContain(operation);
});
