import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { databaseHosts } from '../../../platform/kit/postgres/database-hosts.ts';
import { completeSecrets, readSecretFiles, secretFiles, writeSecretFiles } from './secret-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = (existing: Record<string, string> = {}) => {
  const { secrets, own } = completeSecrets(existing);
  return secretFiles(secrets, own);
};

test('two sets of secrets share no value', () => {
  const [first, second] = [make(), make()];
  for (const [name, text] of Object.entries(first))
    if (text !== '') expect(second[name], name).not.toBe(text);
});

test('a file that was lost gets the values of the others', async () => {
  const files = make();
  const { redis_url, user_service_database_url, ...others } = files;
  expect(redis_url && user_service_database_url).toBeTruthy();
  expect(make(others)).toEqual(files);
});

test('only the owner enters the folder, and files that exist are kept', async () => {
  const path = join(folder, 'secrets');
  expect(await readSecretFiles(path)).toEqual({});
  await writeSecretFiles(path, { redis_password: 'first' });
  expect(await writeSecretFiles(path, { redis_password: 'second', redis_url: 'x' })).toEqual(['redis_url']);
  expect(readFileSync(join(path, 'redis_password'), 'utf8')).toBe('first');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'redis_url')).mode & 0o777).toBe(0o444);
});

test('services reach both servers of PostgreSQL, the migration job the first', () => {
  const files = make();
  const { hosts } = { hosts: databaseHosts(files.user_service_database_url ?? '') };
  expect(JSON.stringify(hosts)).toContain('postgres-standby');
  expect(files.admin_database_url).not.toContain('standby');
});
