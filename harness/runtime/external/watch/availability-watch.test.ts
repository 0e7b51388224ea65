import { expect, test } from 'vitest';
import type { Get } from './availability-probe.ts';
import { watchAvailability } from './availability-watch.ts';

const services = { gateway: 'http://gateway.test', 'saga-service': 'http://saga.test' };

/** Resolves after a number of requests; the clock is the probes' own. */
function platform(state: { saga: number | string }) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let requests = 0;
  const get: Get = async (url) => {
    requests += 1;
    if (requests === 60) resolve();
    const { hostname, pathname } = new URL(url);
    if (pathname === '/api/health')
      return { status: 200, json: { services: [{ name: 'user-service', status: 'healthy' }] } };
    if (hostname === 'gateway.test') return { status: 200, json: { status: 'ready', service: 'gateway' } };
    if (typeof state.saga === 'string') return state.saga;
    return { status: state.saga, json: { status: 'ready', service: 'saga-service' } };
  };
  return { get, enough: promise };
}

test('a watch probes every service, those without an address through the gateway', async () => {
  const { get, enough } = platform({ saga: 200 });
  await using watch = watchAvailability({ target: { services }, get, everyMs: 1 });
  await enough;
  const seen = new Map(watch.services().map((one) => [one.service, one]));
  expect(seen.get('saga-service')).toMatchObject({ through: 'its own address', availability: { failed: 0 } });
  expect(seen.get('user-service')).toMatchObject({ through: 'the gateway', availability: { failed: 0 } });
  expect(seen.get('user-service')?.availability.available).toBeGreaterThan(1);
  // The gateway's report does not name it.
  expect(seen.get('file-service')?.availability).toMatchObject({ available: 0, failed: 0 });
  // Nobody but its own address can show the frontend.
  expect(seen.has('frontend')).toBe(false);
});

test('a watch records the outage of one service beside the others', async () => {
  const { get, enough } = platform({ saga: 'ECONNREFUSED' });
  await using watch = watchAvailability({ target: { services }, get, everyMs: 1 });
  await enough;
  const of = (name: string) => watch.services().find(({ service }) => service === name)?.availability;
  expect(of('saga-service')?.outages).toMatchObject([{ seen: 'GET /ready: ECONNREFUSED' }]);
  expect(of('gateway')?.outages).toEqual([]);
});

test('an interruption ends the wait for more probes', async () => {
  const { get } = platform({ saga: 200 });
  await using watch = watchAvailability({ target: { services }, get, everyMs: 1 });
  await watch.finish(AbortSignal.abort());
  expect(watch.services().every(({ availability }) => availability.insufficient)).toBe(true);
});
