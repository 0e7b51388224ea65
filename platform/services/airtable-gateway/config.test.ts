import { expect, it } from 'vitest';
import { configSchema } from './config.ts';

const trusted = configSchema.shape.WEBHOOK_TRUSTED_ORIGINS;

it('trusts no origin by default', () => {
  expect(trusted.parse(undefined)).toEqual([]);
  expect(trusted.parse('')).toEqual([]);
  expect(trusted.parse('http://receiver.internal:8080, https://10.0.0.1')).toEqual([
    'http://receiver.internal:8080',
    'https://10.0.0.1',
  ]);
});

it.each([
  'receiver',
  'http://receiver/path',
  'http://receiver/',
  'ftp://receiver',
  'http://user@receiver',
  '*',
])('rejects %s as an origin', (text) => {
  expect(trusted.safeParse(text).error?.issues[0]?.message).toContain('must be http or https origins');
});
