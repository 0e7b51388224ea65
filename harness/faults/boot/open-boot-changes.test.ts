import { expect, it } from 'vitest';
import { platformStack } from '../../runtime/stack/platform-stack.ts';
import { openBootChanges } from './open-boot-changes.ts';

const stack = platformStack({ fixedPorts: false, bootTimeoutMs: 30_000 });
const places = { packageRoot: '/p', cacheDir: '/c', folder: '/f' };

it('sets and removes variables of one service, whatever the runtime sets', () => {
  const { stack: changed } = openBootChanges(
    [
      { kind: 'environment', service: 'gateway', set: { CORS_ORIGINS: 'http://evil', PORT: undefined } },
      { kind: 'environment', service: 'gateway', set: { LOG_LEVEL: 'debug' } },
    ],
    { stack, ...places },
  );
  const rewritten = changed.nodes.map(({ name, rewriteEnvironment }) => [
    name,
    rewriteEnvironment?.({ CORS_ORIGINS: 'http://page', PORT: '1', KEPT: 'yes' }),
  ]);
  expect(rewritten.filter(([, environment]) => environment !== undefined)).toEqual([
    ['gateway', { CORS_ORIGINS: 'http://evil', KEPT: 'yes', LOG_LEVEL: 'debug' }],
  ]);
});

it('needs programs of its own for a changed source only', () => {
  const sql = { kind: 'sql', apply: 'select 1', restore: 'select 1' } as const;
  const source = { kind: 'source', file: 'platform/a.ts', find: 'a', replace: 'b' } as const;
  expect(openBootChanges([sql], { stack, ...places }).programs).toBeUndefined();
  expect(openBootChanges([source], { stack, ...places }).programs).toBeDefined();
});
