import { describe, expect, it } from 'vitest';
import { recoveredAtMs, unexplained } from './judge-requests.ts';
import type { LoadedRequest, LoadedRoute } from './steady-load.ts';

const routeOf = (service: LoadedRoute['service'], needs: readonly string[]): LoadedRoute => ({
  name: `GET /${service}`,
  via: 'gateway',
  service,
  needs,
  everyMs: 100,
  success: [200],
  send: async () => undefined,
});
const users = routeOf('user-service', ['postgres']);
const tools = routeOf('mcp-server', []);
/** Stopped at 1,000 ms, ended at 1,100 ms, ready at 2,000 ms. */
const restart = { stoppedAtMs: 1_000, exitedAtMs: 1_100, exit: 'exited with code 0', readyAtMs: 2_000 };

function response(
  route: LoadedRoute,
  atMs: number,
  status = 200,
  more: Partial<LoadedRequest> = {},
): LoadedRequest {
  const at = { startedAtMs: atMs, endedAtMs: atMs + 10 };
  return { route, ...at, status, code: '', hasRetryAfter: false, ...more };
}
const circuitOpen = { code: 'circuit_open', hasRetryAfter: true };

describe('requests during a restart', () => {
  const judge = (node: string, ...requests: LoadedRequest[]) =>
    unexplained([...requests, response(users, 2_100), response(tools, 2_100)], [{ node, restart }]);

  it('may get the documented responses of the service that is away', () => {
    expect(
      judge(
        'user-service',
        response(users, 1_050, 502, { code: 'bad_gateway' }),
        response(users, 1_500, 503, circuitOpen),
      ),
    ).toEqual([]);
    expect(
      judge('postgres', response(users, 1_200, 503, { code: 'not_ready', hasRetryAfter: true })),
    ).toEqual([]);
    expect(judge('gateway', response(tools, 1_200, 0, { code: 'ECONNREFUSED' }))).toEqual([]);
  });

  it.each([
    ['an internal error', 'user-service', response(users, 1_200, 500, { code: 'internal' }), '500 internal'],
    [
      '503 without Retry-After',
      'user-service',
      response(users, 1_200, 503, { code: 'not_ready' }),
      'without',
    ],
    ['a hanging request', 'user-service', response(users, 1_200, 504, { code: 'gateway_timeout' }), '504'],
    ['an error of another service', 'user-service', response(tools, 1_200, 503, circuitOpen), 'mcp-server'],
    ['an error before the restart', 'user-service', response(users, 500, 503, circuitOpen), 'at -500 ms'],
    ['an error after the recovery', 'user-service', response(users, 2_500, 503, circuitOpen), 'at 1500 ms'],
    ['a refused connection', 'user-service', response(users, 1_200, 0, { code: 'ECONNREFUSED' }), 'REFUSED'],
    ['502 while a store is away', 'postgres', response(users, 1_200, 502, { code: 'bad_gateway' }), '502'],
    ['a route without the store', 'postgres', response(tools, 1_200, 503, circuitOpen), 'mcp-server'],
  ])('fail the check by %s', (_, node, request, text) => {
    expect(judge(node, request)).toEqual([expect.stringContaining(text)]);
  });
});

it('knows no recovery of a service whose route never responds again', () => {
  const before = [response(users, 500), response(tools, 2_100)];
  expect(recoveredAtMs(before, [users, tools], { node: 'user-service', restart })).toBeUndefined();
  const after = [...before, response(users, 3_000)];
  expect(recoveredAtMs(after, [users, tools], { node: 'user-service', restart })).toBe(3_010);
});
