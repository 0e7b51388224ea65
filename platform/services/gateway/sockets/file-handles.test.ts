import { expect, it } from 'vitest';
import { ConfigError } from '../../../kit/service/config.ts';
import { assertFileLimit } from './file-handles.ts';

it('rejects a setting for which the process may not open enough files, and names one that fits', () => {
  expect(() => assertFileLimit(4_096, 10_000)).toThrow(ConfigError);
  expect(() => assertFileLimit(4_096, 10_000)).toThrow(
    'SOCKETS_PER_PROCESS: 10000 connections need 11000 open files, but this process may open 4096: raise its limit (ulimit -n) or lower the setting (example: SOCKETS_PER_PROCESS=3096)',
  );
});

it.each([11_000, Number.POSITIVE_INFINITY, undefined])(
  'accepts 10,000 connections with the limit %s',
  (limit) => {
    expect(() => assertFileLimit(limit, 10_000)).not.toThrow();
  },
);
