import { expect, test } from 'vitest';
import { parseTarget } from './read-target.ts';
import { requireSecrets } from './target-addresses.ts';

const target = parseTarget(
  `name: a
label: staging
services: { gateway: http://127.0.0.1:1 }
internalKeys: { user-service: { env: KEY } }
database: { admin: { env: ADMIN }, roles: { saga-service: { env: ROLE } } }
`,
  'a.yaml',
);

test('secrets of a target that are not set are all named with their fields', () => {
  expect(() => requireSecrets(target, (name) => (name === 'ADMIN' ? 'postgres://x' : ''))).toThrow(
    'internalKeys.user-service: the variable KEY is not set.\ndatabase.roles.saga-service: the variable ROLE is not set.',
  );
});

test('a target whose secrets are all set passes', () => {
  expect(() => requireSecrets(target, () => 'value')).not.toThrow();
});

test('the password of a given account is named with its field', () => {
  const given = parseTarget(
    `name: a
label: staging
services: { gateway: http://127.0.0.1:1 }
accounts: { register: false, given: [{ email: a@b.example, password: { env: ADA } }] }
`,
    'a.yaml',
  );
  expect(() => requireSecrets(given, () => undefined)).toThrow(
    'accounts.given.0.password: the variable ADA is not set.',
  );
});
