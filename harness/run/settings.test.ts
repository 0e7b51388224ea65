import { expect, it } from 'vitest';
import { configSchema as gateway } from '../../platform/services/gateway/config.ts';
import { readSettings } from './settings.ts';

it('passes on every limit of the gateway that the user has set, and nothing else', () => {
  const limits = Object.fromEntries(
    Object.keys(gateway.shape)
      .filter((name) => name.startsWith('RATE_LIMIT_'))
      .map((name) => [name, '7']),
  );
  expect(Object.keys(limits)).toHaveLength(10);
  expect(readSettings({ ...limits, RATE_LIMITS: '1', REFRESH_GRACE_SECONDS: '10' }).limits).toEqual({
    ...limits,
    REFRESH_GRACE_SECONDS: '10',
  });
  expect(readSettings({ RATE_LIMIT_USER: '' }).limits).toEqual({});
});
