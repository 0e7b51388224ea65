import { expect, test } from 'vitest';
import { npmSettings } from './npm-settings.ts';

const none = { environment: {}, ca: undefined };
const textOf = (settings: ReturnType<typeof npmSettings>, name: string) =>
  settings.files.find((file) => file.name === name)?.content.toString();

test('no settings need no files', () => {
  expect(npmSettings({}, none)).toEqual({
    files: [],
    buildArguments: {},
    needsHostNetwork: false,
    secrets: [],
  });
});

test('the registry and the certificates go into files, without a password', () => {
  const settings = npmSettings(
    { registry: 'https://ada:secret@npm.example.com/mirror/', cafile: '/etc/ca.pem', 'strict-ssl': true },
    { environment: {}, ca: Buffer.from('certificate') },
  );
  expect(textOf(settings, '.npmrc')).toBe(
    'registry=https://npm.example.com/mirror/\ncafile=/app/.npmrc-ca.pem\n',
  );
  expect(textOf(settings, '.npmrc-ca.pem')).toBe('certificate');
});

test('proxies of npm come before those of the environment', () => {
  const environment = { HTTP_PROXY: 'http://a:1', https_proxy: 'http://b:2', no_proxy: 'c' };
  expect(npmSettings({}, { environment, ca: undefined }).buildArguments).toEqual({
    HTTP_PROXY: 'http://a:1',
    HTTPS_PROXY: 'http://b:2',
    NO_PROXY: 'c',
  });
  expect(
    npmSettings(
      { proxy: 'http://d:4', 'https-proxy': null, noproxy: ['e', 'f'] },
      { environment: {}, ca: undefined },
    ).buildArguments,
  ).toEqual({ HTTP_PROXY: 'http://d:4', HTTPS_PROXY: 'http://d:4', NO_PROXY: 'e,f' });
});

test('a password of a proxy must not be in the build log', () => {
  const { secrets } = npmSettings({ proxy: 'http://ada:p%40ss@proxy.example.com:3128' }, none);
  expect(secrets).toEqual(expect.arrayContaining(['p%40ss', 'p@ss']));
});

test.each([
  ['http://localhost:4873/', true],
  ['http://127.0.0.1:4873/', true],
  ['http://[::1]:4873/', true],
  ['https://registry.example.com/', false],
])('the registry %s needs the network of the host: %s', (registry, needed) => {
  expect(npmSettings({ registry }, none).needsHostNetwork).toBe(needed);
});
