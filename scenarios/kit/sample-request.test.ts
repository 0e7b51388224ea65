import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { problemWith, sampleRequest } from './sample-request.ts';

const routes = catalogue.flatMap((contract) =>
  Object.entries(contract.routes).map(([name, route]) => ({ id: `${contract.name}.${name}`, route })),
);
const response = (status: number): Exchange => ({
  method: 'GET',
  url: '',
  status,
  headers: {},
  json: undefined,
  text: '',
  truncated: false,
  durationMs: 1,
});

describe('sample requests', () => {
  it.each(routes)('$id gets a path that its contract accepts', ({ route }) => {
    const { path } = sampleRequest(route);
    expect(path).not.toContain(':');
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] as string);
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '([^/]+)')}$`);
    const values = pattern.exec(path)?.slice(1) ?? [];
    const params = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    expect(route.params?.safeParse(params).success ?? true).toBe(true);
  });

  it.each(
    routes.filter(({ route }) => route.access === 'service' && (route.method !== 'GET' || route.query)),
  )('$id rejects its sample even if it is unprotected', ({ route }) => {
    const { body, invalid } = sampleRequest(route);
    expect(invalid).toBe(true);
    expect(
      route.body?.safeParse(body).success === false || route.query?.safeParse({}).success === false,
    ).toBe(true);
  });

  it.each(routes)('$id fails when it is not implemented or the server breaks', ({ route }) => {
    const sample = sampleRequest(route);
    expect(problemWith(route, sample, response(501))).toContain('not implemented');
    expect(problemWith(route, sample, response(500))).toContain('500');
    const rejectsMethod = route.problems?.includes('method_not_allowed') ?? false;
    if (!rejectsMethod) expect(problemWith(route, sample, response(405))).toContain('405');
  });

  it.each(routes)('$id fails when a missing route looks like a missing object', ({ route }) => {
    const sample = sampleRequest(route);
    if (sample.invalid || !route.path.includes(':')) {
      expect(problemWith(route, sample, response(404))).toContain('404');
    }
  });
});
