import { expect, it } from 'vitest';
import type { AccessClaims } from '../../contracts/identity.ts';
import { publishNothing } from '../../kit/events/publish-live-event.ts';
import { problem } from '../../kit/http/problem.ts';
import { createLog } from '../../kit/observe/log.ts';
import { openDatabase } from '../../kit/postgres/database.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { ManualClock } from '../../kit/testing/manual-clock.ts';
import { createTestAuthorities } from '../../kit/testing/test-authorities.ts';
import { buildApp } from './app.ts';

const claims = { role: 'user' } as AccessClaims;

function appWith(dependencies: readonly Dependency[] = []) {
  const log = createLog({ service: 'automation-services', level: 'silent' });
  return buildApp({
    config: {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
      PLATFORM_SERVICES_URL: 'http://127.0.0.1:9',
      INTERNAL_API_KEY: 'k'.repeat(32),
      GATEWAY_URL: 'http://127.0.0.1:9',
      AIRTABLE_GATEWAY_URL: 'http://127.0.0.1:9',
      LLM_ORCHESTRATOR_URL: 'http://127.0.0.1:9',
      FILE_SERVICE_URL: 'http://127.0.0.1:9',
      SCHEDULER_INTERVAL_MS: 5_000,
    },
    log,
    database: openDatabase({ url: 'postgresql://nobody@127.0.0.1:9/none', log }),
    clock: new ManualClock('2026-03-02T06:00:00Z'),
    dependencies,
    authorities: createTestAuthorities(),
    publishLive: publishNothing,
    authenticate: (token) => {
      if (token !== 'good') throw problem('unauthenticated');
      return claims;
    },
  });
}

const headers = { authorization: 'Bearer good' };
const validate = (cron: string, time_zone?: string) =>
  appWith().inject({
    method: 'POST',
    url: '/workflows/validate-cron',
    headers,
    payload: { cron, time_zone },
  });

it('reports its name, also while its database is down', async () => {
  const response = await appWith().inject('/health');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ status: 'ok', service: 'automation-services' });
  expect(response.headers['x-served-by']).toBe('automation-services');
});

it('is not ready while a dependency fails, and reports which and why', async () => {
  const down = { name: 'postgres', check: () => Promise.reject(new Error('ECONNREFUSED')) };
  const response = await appWith([down]).inject('/ready');
  expect(response.statusCode).toBe(503);
  expect(response.json().checks.postgres).toMatchObject({ status: 'failed', error: 'ECONNREFUSED' });
});

it('requires a token', async () => {
  const response = await appWith().inject({ method: 'GET', url: '/workflows' });
  expect(response.statusCode).toBe(401);
  expect(response.json().error).toBe('unauthenticated');
});

it.each(['/commands', '/notifications', '/events/files'])(
  'rejects POST %s without the internal key',
  async (url) => {
    const response = await appWith().inject({ method: 'POST', url, headers, payload: {} });
    expect(response.statusCode).toBe(403);
  },
);

it('returns the next five times of a valid cron expression', async () => {
  const response = await validate('0 6 * * 1-5');
  expect(response.json()).toEqual({
    valid: true,
    next: ['03', '04', '05', '06', '09'].map((day) => `2026-03-${day}T06:00:00.000Z`),
  });
});

it.each([
  ['61 * * * *', undefined, 'minute'],
  ['* * * * * *', undefined, 'five fields'],
  ['0 0 30 2 *', undefined, 'never matches a time'],
  ['* * * * *', 'Mars/Olympus', 'not a time zone'],
])('reports what is wrong with %s in %s', async (cron, timeZone, reason) => {
  const response = await validate(cron, timeZone);
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ valid: false, next: [] });
  expect(response.json().error).toContain(reason);
});
