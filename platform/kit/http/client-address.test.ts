import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { callerAddress, clientAddress } from './client-address.ts';

const requestFrom = (remoteAddress: string, headers: Record<string, string>) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('the client address at the edge', () => {
  const ask = (remoteAddress: string, headers: Record<string, string>) =>
    callerAddress(requestFrom(remoteAddress, headers), (key) => key === 'the-internal-key');

  it('is the socket’s when the sender has no key', () => {
    expect(ask('127.0.0.9', { 'x-forwarded-for': '8.8.8.8' })).toBe('127.0.0.9');
    expect(ask('127.0.0.9', { 'x-forwarded-for': '8.8.8.8', 'x-internal-key': 'guess' })).toBe('127.0.0.9');
  });

  it('is the last forwarded one when the sender presents the key', () => {
    const key = { 'x-internal-key': 'the-internal-key' };
    expect(ask('127.0.0.1', { ...key, 'x-forwarded-for': '8.8.8.8, 192.0.2.7' })).toBe('192.0.2.7');
    expect(ask('127.0.0.1', { ...key, 'x-forwarded-for': 'nonsense' })).toBe('127.0.0.1');
    expect(ask('127.0.0.1', key)).toBe('127.0.0.1');
  });

  it('is plain IPv4 on a dual-stack socket', () => {
    expect(ask('::ffff:192.0.2.7', {})).toBe('192.0.2.7');
  });
});

describe('the client address behind the gateway', () => {
  const forwarded = { 'x-forwarded-for': '8.8.8.8, ::ffff:192.0.2.7' };

  it.each(['127.0.0.1', '::ffff:10.1.2.3', 'fd00::1'])('is the last forwarded one over %s', (own) => {
    expect(clientAddress(requestFrom(own, forwarded))).toBe('192.0.2.7');
  });

  it('is the socket’s when the connection comes from a public network', () => {
    expect(clientAddress(requestFrom('::ffff:8.8.4.4', forwarded))).toBe('8.8.4.4');
  });

  it('is the socket’s when nothing usable was forwarded', () => {
    expect(clientAddress(requestFrom('127.0.0.1', {}))).toBe('127.0.0.1');
    expect(clientAddress(requestFrom('127.0.0.1', { 'x-forwarded-for': 'nonsense' }))).toBe('127.0.0.1');
  });
});
