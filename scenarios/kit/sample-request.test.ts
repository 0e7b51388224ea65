import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { sampleRequest, whatIsWrong } from './sample-request.ts';

const routes = catalogue.flatMap((contract) =>
  Object.entries(contract.routes).map(([name, route]) => ({ id: `${contract.name}.${name}`, route })),
);
const answer = (status: number): Exchange => ({
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
  it.each(routes)('$id gets a path without open parameters that its contract accepts', ({ route }) => {
    const { path } = sampleRequest(route);
    expect(path).not.toContain(':');
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] as string);
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '([^/]+)')}$`);
    const values = pattern.exec(path)?.slice(1) ?? [];
    const params = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    expect(route.params?.safeParse(params).success ?? true).toBe(true);
  });

  it.each(routes)('$id: not built is always wrong, and so is an answer of a broken server', ({ route }) => {
    const sample = sampleRequest(route);
    expect(whatIsWrong(route, sample, answer(501))).toContain('not built');
    expect(whatIsWrong(route, sample, answer(500))).toContain('500');
    const refusesMethod = route.problems?.includes('method_not_allowed') ?? false;
    if (!refusesMethod) expect(whatIsWrong(route, sample, answer(405))).toContain('405');
  });

  it.each(routes)('$id: a missing route never passes as a missing object', ({ route }) => {
    const sample = sampleRequest(route);
    if (sample.invalid || !route.path.includes(':')) {
      expect(whatIsWrong(route, sample, answer(404))).toContain('404');
    }
  });
});
