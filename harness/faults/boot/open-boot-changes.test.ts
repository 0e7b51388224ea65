import { expect, it } from 'vitest';
import { platformStack } from '../../runtime/stack/platform-stack.ts';
import type { LinkChange } from '../change.ts';
import { openBootChanges } from './open-boot-changes.ts';

const stack = platformStack({ fixedPorts: false, bootTimeoutMs: 30_000 });
const places = { packageRoot: '/p', cacheDir: '/c', folder: '/f' };

it('sets and removes variables of one service, whatever the runtime sets', async () => {
  await using opened = await openBootChanges(
    [
      { kind: 'environment', service: 'gateway', set: { CORS_ORIGINS: 'http://evil', PORT: undefined } },
      { kind: 'environment', service: 'gateway', set: { LOG_LEVEL: 'debug' } },
    ],
    { stack, ...places },
  );
  const rewritten = opened.stack.nodes.map(({ name, rewriteEnvironment }) => [
    name,
    rewriteEnvironment?.({ CORS_ORIGINS: 'http://page', PORT: '1', KEPT: 'yes' }),
  ]);
  expect(rewritten.filter(([, environment]) => environment !== undefined)).toEqual([
    ['gateway', { CORS_ORIGINS: 'http://evil', KEPT: 'yes', LOG_LEVEL: 'debug' }],
  ]);
});

it('needs programs of its own for a changed source only', async () => {
  const sql = { kind: 'sql', apply: 'select 1', restore: 'select 1' } as const;
  const source = { kind: 'source', file: 'platform/a.ts', find: 'a', replace: 'b' } as const;
  expect((await openBootChanges([sql], { stack, ...places })).programs).toBeUndefined();
  expect((await openBootChanges([source], { stack, ...places })).programs).toBeDefined();
});

it('takes the port of a service until it is closed', async () => {
  const opened = await openBootChanges([{ kind: 'port', service: 'gateway' }], { stack, ...places });
  const port = opened.stack.nodes.find(({ name }) => name === 'gateway')?.port;
  const holds = () =>
    fetch(`http://127.0.0.1:${port}`).catch(({ cause }: { cause: { code: string } }) => cause.code);
  expect(await holds()).not.toBe('ECONNREFUSED');
  await opened[Symbol.asyncDispose]();
  expect(await holds()).toBe('ECONNREFUSED');
});

it('leads what a service calls through a link that knows its target', async () => {
  const change: LinkChange = { kind: 'link', from: 'gateway', to: 'user-service', does: 'silent' };
  await using opened = await openBootChanges([change], { stack, ...places });
  const link = opened.links.get(change);
  const rewrite = opened.stack.nodes.find(({ name }) => name === 'gateway')?.rewriteEnvironment;
  expect(rewrite?.({ USER_SERVICE_URL: 'http://127.0.0.1:8008' })).toEqual({
    USER_SERVICE_URL: `http://127.0.0.1:${link?.port}`,
  });
  expect(link?.target).toEqual({ host: '127.0.0.1', port: 8008 });
});

it('leads nowhere when the service does not call the other', async () => {
  const change: LinkChange = { kind: 'link', from: 'gateway', to: 'model', does: 'silent' };
  await using opened = await openBootChanges([change], { stack, ...places });
  const rewrite = opened.stack.nodes.find(({ name }) => name === 'gateway')?.rewriteEnvironment;
  expect(rewrite?.({ PORT: '1' })).toEqual({ PORT: '1' });
  expect(opened.links.get(change)?.target).toBeUndefined();
});
