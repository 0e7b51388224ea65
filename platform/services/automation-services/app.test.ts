import { expect, it } from 'vitest';
import type { AccessClaims } from '../../contracts/identity.ts';
import { problem } from '../../kit/http/problem.ts';
import { createLog } from '../../kit/observe/log.ts';
import { openDatabase } from '../../kit/postgres/database.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import { ManualClock } from '../../kit/testing/manual-clock.ts';
import { buildApp } from './app.ts';

const claims = { role: 'user' } as AccessClaims;

function appWith(dependencies: readonly Dependency[] = []) {
  const log = createLog({ service: 'automation-services', level: 'silent' });
  return buildApp({
    config: {
      INTERNAL_API_KEY: 'k'.repeat(32),
      GATEWAY_URL: 'http://127.0.0.1:9',
      AIRTABLE_GATEWAY_URL: 'http://127.0.0.1:9',
      FILE_SERVICE_URL: 'http://127.0.0.1:9',
      SCHEDULER_INTERVAL_MS: 5_000,
    },
    log,
    database: openDatabase({ url: 'postgresql://nobody@127.0.0.1:9/none', log }),
    clock: new ManualClock('2026-03-02T06:00:00Z'),
    dependencies,
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

it('says who it is, also while its database is away', async () => {
  const answer = await appWith().inject('/health');
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ status: 'ok', service: 'automation-services' });
  expect(answer.headers['x-served-by']).toBe('automation-services');
});

it('is not ready while a dependency fails, and says which and why', async () => {
  const down = { name: 'postgres', check: () => Promise.reject(new Error('ECONNREFUSED')) };
  const answer = await appWith([down]).inject('/ready');
  expect(answer.statusCode).toBe(503);
  expect(answer.json().checks.postgres).toMatchObject({ status: 'failed', error: 'ECONNREFUSED' });
});

it('asks for a token before anything else', async () => {
  const answer = await appWith().inject({ method: 'GET', url: '/workflows' });
  expect(answer.statusCode).toBe(401);
  expect(answer.json().error).toBe('unauthenticated');
});

it.each(['/commands', '/notifications', '/events/files'])(
  'refuses POST %s without the internal key',
  async (url) => {
    const answer = await appWith().inject({ method: 'POST', url, headers, payload: {} });
    expect(answer.statusCode).toBe(403);
  },
);

it('answers a valid cron expression with its next five times', async () => {
  const answer = await validate('0 6 * * 1-5');
  expect(answer.json()).toEqual({
    valid: true,
    next: ['03', '04', '05', '06', '09'].map((day) => `2026-03-${day}T06:00:00.000Z`),
  });
});

it.each([
  ['61 * * * *', undefined, 'minute'],
  ['* * * * * *', undefined, 'five fields'],
  ['0 0 30 2 *', undefined, 'no time ever fits'],
  ['* * * * *', 'Mars/Olympus', 'not a time zone'],
])('says what is wrong with %s in %s', async (cron, timeZone, reason) => {
  const answer = await validate(cron, timeZone);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ valid: false, next: [] });
  expect(answer.json().error).toContain(reason);
});
