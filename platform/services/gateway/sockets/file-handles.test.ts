import { expect, it } from 'vitest';
import { ConfigError } from '../../../kit/service/config.ts';
import { socketCapacity } from './file-handles.ts';

it('rejects a setting for which the process may not open enough files, and names one that fits', () => {
  expect(() => socketCapacity(10_000, 4_096)).toThrow(ConfigError);
  expect(() => socketCapacity(10_000, 4_096)).toThrow(
    'SOCKETS_PER_PROCESS: 10000 connections need 11000 open files, but this process may open 4096: raise its limit (ulimit -n) or lower the setting (example: SOCKETS_PER_PROCESS=3096)',
  );
});

it.each([
  [20_000, 21_000, 20_000],
  [20_000, Number.POSITIVE_INFINITY, 20_000],
  [20_000, undefined, 20_000],
  [undefined, undefined, 10_000],
  [undefined, Number.POSITIVE_INFINITY, 10_000],
  [undefined, 11_000, 10_000],
  [undefined, 4_096, 3_096],
  [undefined, 256, 1],
])('with the setting %s and %s open files, the maximum is %s', (setting, limit, expected) => {
  expect(socketCapacity(setting, limit)).toBe(expected);
});
