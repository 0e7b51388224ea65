import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseTarget } from './read-target.ts';
import { requireSecrets, secretOf, targetAddresses } from './target-addresses.ts';

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

test('the gateway within a network is the one that workflows may call', () => {
  const inside = parseTarget(
    `name: a
label: staging
services: { gateway: http://127.0.0.1:1 }
gatewayInside: http://gateway:8000/
`,
    'a.yaml',
  );
  expect(targetAddresses(inside, () => 'value').gatewayInside).toBe('http://gateway:8000');
  expect(targetAddresses(target, () => 'value').gatewayInside).toBeUndefined();
});

test('a secret in a file is the text of the file, also for another server than the URL names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'target-secrets-'));
  try {
    const file = join(folder, 'database_url');
    writeFileSync(
      file,
      'postgresql://saga:p%40ss@postgres:5432,postgres-standby:5432/pyairtable?target_session_attrs=read-write\n',
    );
    expect(secretOf({ file }, 'redis.admin', () => undefined)).toMatch(/read-write$/);
    expect(secretOf({ file, address: '127.0.0.1:32768' }, 'redis.admin', () => undefined)).toBe(
      'postgresql://saga:p%40ss@127.0.0.1:32768/pyairtable',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file that cannot be read is named with its field', () => {
  const file = '/no/such/secrets/redis_url';
  const withFile = { ...target, redis: { admin: { file } } };
  expect(() => requireSecrets(withFile, () => 'value')).toThrow(
    `redis.admin: ${file} is empty or cannot be read.`,
  );
});
