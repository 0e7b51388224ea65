import { expect, test } from 'vitest';
import { dropConnectionVariables } from './connection-variables.ts';

test.each([
  'PGSSLMODE',
  'PGOPTIONS',
  'PGSERVICE',
  'PGSERVICEFILE',
  'PGPORT',
  'PGHOSTADDR',
  'PGPASSFILE',
  'NODE_PG_FORCE_NATIVE',
  'HTTP_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
  'npm_config_proxy',
  'npm_config_noproxy',
  'NODE_USE_ENV_PROXY',
])('drops %s', (name) => {
  const environment = { [name]: '1', PATH: '/bin' };
  dropConnectionVariables(environment);
  expect(environment).toEqual({ PATH: '/bin' });
});

test.each(['PATH', 'HOME', 'READINESS_RUNS', 'npm_lifecycle_event', 'GEMINI_API_KEY'])('keeps %s', (name) => {
  const environment = { [name]: 'kept' };
  dropConnectionVariables(environment);
  expect(environment).toEqual({ [name]: 'kept' });
});
