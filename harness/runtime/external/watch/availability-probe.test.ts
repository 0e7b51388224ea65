import { describe, expect, it } from 'vitest';
import { type Get, probeDirectly, probeThroughGateway } from './availability-probe.ts';

const url = 'http://saga.test';
const ready = { status: 'ready', service: 'saga-service', version: '1', checks: {} };
const health = {
  status: 'ok',
  service: 'saga-service',
  timestamp: '2025-08-07T00:01:00.000Z',
  uptime_s: 60,
};
/** Responds by path; a number is a status without a body, a text the reason for no response. */
const get =
  (responses: Record<string, object | number | string>): Get =>
  async (asked) => {
    const response = responses[new URL(asked).pathname] ?? 404;
    if (typeof response === 'string') return response;
    return typeof response === 'number'
      ? { status: response, json: undefined }
      : { status: 200, json: response };
  };

describe('a probe of a service', () => {
  it('finds it available by its name and state, with the start of its process', async () => {
    expect(await probeDirectly('saga-service', url, get({ '/ready': ready, '/health': health }))).toEqual({
      state: 'available',
      process: { startedAt: Date.parse('2025-08-07'), now: Date.parse('2025-08-07T00:01:00.000Z') },
    });
  });

  it.each([
    ['another service responds', { ...ready, service: 'user-service' }, 'service "user-service"'],
    ['it is not ready', { ...ready, status: 'not-ready' }, 'status "not-ready"'],
    ['the status is 503', 503, '503'],
    ['nothing responds', 'ECONNREFUSED', 'ECONNREFUSED'],
  ])('fails when %s', async (_what, response, seen) => {
    const sighting = await probeDirectly('saga-service', url, get({ '/ready': response, '/health': health }));
    expect(sighting).toEqual({ state: 'failed', seen: expect.stringContaining(seen) });
  });

  it('uses /health where there is no /ready', async () => {
    const withoutReady = { '/health': { ...health, status: 'healthy' } };
    expect(await probeDirectly('saga-service', url, get(withoutReady))).toMatchObject({ state: 'available' });
    expect(await probeDirectly('user-service', url, get(withoutReady))).toMatchObject({ state: 'failed' });
  });
});

describe('a probe through the gateway', () => {
  const probe = (response: object | number | string) =>
    probeThroughGateway(['saga-service', 'user-service'], url, get({ '/api/health': response }));

  it('takes each state from the report', async () => {
    const services = [
      { name: 'saga-service', status: 'healthy' },
      { name: 'user-service', status: 'unhealthy', error: 'not ready: postgres' },
    ];
    expect([...(await probe({ services }))]).toEqual([
      ['saga-service', { state: 'available' }],
      ['user-service', { state: 'failed', seen: 'the gateway reports unhealthy: not ready: postgres' }],
    ]);
  });

  it.each([
    ['the gateway does not respond', 'ECONNREFUSED'],
    ['the gateway has no such report', 404],
    ['the report does not name the service', { services: [] }],
    ['the report has another form', { services: 'all well' }],
  ])('sees nothing of a service when %s', async (_what, response) => {
    for (const [, sighting] of await probe(response)) expect(sighting.state).toBe('unknown');
  });
});
