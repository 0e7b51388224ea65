import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { callerAddress } from './caller-address.ts';

const ask = (remoteAddress: string, headers: Record<string, string>) =>
  callerAddress(
    { socket: { remoteAddress }, headers } as unknown as IncomingMessage,
    (key) => key === 'the-internal-key',
  );

it('is the socket’s, whatever a client without the key claims', () => {
  expect(ask('127.0.0.9', { 'x-forwarded-for': '8.8.8.8' })).toBe('127.0.0.9');
  expect(ask('127.0.0.9', { 'x-forwarded-for': '8.8.8.8', 'x-internal-key': 'guess' })).toBe('127.0.0.9');
});

it('is the last forwarded one when the caller presents the key', () => {
  const key = { 'x-internal-key': 'the-internal-key' };
  expect(ask('127.0.0.1', { ...key, 'x-forwarded-for': '8.8.8.8, 192.0.2.7' })).toBe('192.0.2.7');
  expect(ask('127.0.0.1', { ...key, 'x-forwarded-for': 'nonsense' })).toBe('127.0.0.1');
  expect(ask('127.0.0.1', key)).toBe('127.0.0.1');
});

it('is plain IPv4 also on a socket for both families', () => {
  expect(ask('::ffff:192.0.2.7', {})).toBe('192.0.2.7');
});
