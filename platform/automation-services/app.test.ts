import { expect, it } from 'vitest';
import type { AccessClaims } from '../contracts/platform-services.ts';
import type { Dependency } from '../kit/dependency.ts';
import { createLog } from '../kit/log.ts';
import { problem } from '../kit/problem.ts';
import { buildApp } from './app.ts';

const claims = { role: 'user' } as AccessClaims;

function appWith(dependencies: readonly Dependency[] = []) {
  return buildApp({
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'automation-services', level: 'silent' }),
    dependencies,
    authenticate: (token) => {
      if (token !== 'good') throw problem('unauthenticated');
      return claims;
    },
  });
}

it('says who it is', async () => {
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

it('does not pretend that an unbuilt endpoint works', async () => {
  const headers = { authorization: 'Bearer good' };
  const answer = await appWith().inject({ method: 'GET', url: '/workflows', headers });
  expect(answer.statusCode).toBe(501);
  expect(answer.json().error).toBe('not_implemented');
});
