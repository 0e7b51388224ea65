import { expect, test } from 'vitest';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { Redactor } from '../logs/redactor.ts';
import { makeRunSecrets } from './run-secrets.ts';
import { databaseRoles, serviceEnvironment } from './service-environment.ts';

const secrets = makeRunSecrets({ roles: ['user_service'], redactor: new Redactor() });
const serviceUrls = Object.fromEntries(
  serviceNames.map((name, index) => [name, `http://127.0.0.1:${9_000 + index}`]),
);
const environmentOf = (service: string) =>
  serviceEnvironment({
    service,
    serviceUrls,
    listen: { descriptor: 3 },
    databaseUrl: service in databaseRoles ? 'postgresql://x' : undefined,
    redisUrl: 'redis://x',
    secrets,
    temporaryFolder: '/run/tmp',
    servers: {},
  });

test('every service gets the URLs of its peers, and not its own', () => {
  const environment = environmentOf('user-service');
  expect(environment.PLATFORM_SERVICES_URL).toBe(serviceUrls['platform-services']);
  expect(Object.keys(environment).filter((name) => name.endsWith('_URL'))).toHaveLength(
    serviceNames.length - 1 + ['DATABASE_URL', 'REDIS_URL'].length,
  );
  expect(environment.USER_SERVICE_URL).toBeUndefined();
});

test('only the service that issues tokens gets the key encryption key', () => {
  const holders = serviceNames.filter((name) => environmentOf(name).KEY_ENCRYPTION_KEY !== undefined);
  expect(holders).toEqual(['platform-services']);
  expect(Buffer.from(secrets.keyEncryptionKey, 'base64')).toHaveLength(32);
});

test('file-service stores files in the temporary folder', () => {
  expect(environmentOf('file-service').FILE_STORAGE_DIR).toBe('/run/tmp/file-service');
  expect(environmentOf('gateway').FILE_STORAGE_DIR).toBeUndefined();
});

test('platform-services writes mails to the temporary folder, with links to the frontend', () => {
  expect(environmentOf('platform-services')).toMatchObject({
    MAIL_FOLDER: '/run/tmp/mail',
    PUBLIC_URL: serviceUrls.frontend,
  });
  expect(environmentOf('frontend')).not.toHaveProperty('MAIL_FOLDER');
});

test('a service gets either a socket or a port', () => {
  expect(environmentOf('gateway')).toMatchObject({ LISTEN_FD: '3' });
  const environment = serviceEnvironment({
    service: 'gateway',
    serviceUrls,
    listen: { port: 8000 },
    databaseUrl: undefined,
    redisUrl: undefined,
    secrets,
    temporaryFolder: '/run/tmp',
    servers: { telemetry: 'http://127.0.0.1:4318' },
  });
  expect(environment).toMatchObject({ PORT: '8000', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' });
  expect(environment).not.toHaveProperty('LISTEN_FD');
  expect(environment).not.toHaveProperty('DATABASE_URL');
});

test('the gateway allows the frontend as CORS origin', () => {
  expect(environmentOf('gateway').CORS_ORIGINS).toBe(serviceUrls.frontend);
});

test('secrets of two runs differ, and the redactor knows all of them', () => {
  const redactor = new Redactor();
  const other = makeRunSecrets({ roles: ['user_service'], redactor });
  expect(other.internalApiKey).not.toBe(secrets.internalApiKey);
  const { rolePasswords, ...rest } = other;
  for (const secret of [...Object.values(rest), ...Object.values(rolePasswords)])
    expect(redactor.redact(`a ${secret} b`)).toBe('a [redacted] b');
});
