import { expect, it } from 'vitest';
import { tinyServer } from '../engine/instruments/testing/tiny-server.ts';
import type { StackAddresses } from '../engine/stack.ts';
import { awaitSteadyState, differencesOf, readSteadyState, requireComplete } from './steady-state.ts';

const at = (url: string) => ({
  addresses: { services: { gateway: url } as StackAddresses['services'] },
});

it('names what is missing and what is new', () => {
  expect(differencesOf(new Set(['a', 'b']), new Set(['b', 'c']))).toEqual(['missing: a', 'new: c']);
});

it('waits until a service is ready again', async () => {
  let requests = 0;
  await using service = await tinyServer((_request, response) => {
    requests += 1;
    response.writeHead(requests < 3 ? 503 : 200).end('{}');
  });
  const before = new Set(['gateway responds with 200']);
  expect(await awaitSteadyState(at(service.url), before, new AbortController().signal)).toEqual([]);
  expect(requests).toBe(3);
});

it('is not complete where a service does not respond', async () => {
  const url = await (async () => {
    await using service = await tinyServer((_request, response) => response.end());
    return service.url;
  })();
  const state = await readSteadyState(at(url));
  expect([...state]).toEqual(['gateway cannot be read']);
  expect(() => requireComplete(state)).toThrow('gateway cannot be read');
});
