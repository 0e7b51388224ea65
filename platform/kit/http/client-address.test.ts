import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { edgeClientAddress, forwardedClientAddress } from './client-address.ts';

const requestFrom = (remoteAddress: string, headers: Record<string, string>) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('the client address at the edge', () => {
  const addressOf = edgeClientAddress({
    hasInternalKey: (key) => key === 'the-internal-key',
    trustedProxies: [],
  });
  const ask = (remoteAddress: string, headers: Record<string, string>) =>
    addressOf(requestFrom(remoteAddress, headers));

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

describe('the client address behind trusted proxies', () => {
  const addressOf = edgeClientAddress({
    hasInternalKey: (key) => key === 'the-internal-key',
    trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
  });

  it.each([
    ['the one that the proxy has seen', '10.1.1.1', '8.8.8.8', '8.8.8.8'],
    ['the last one, not what the client sent', '10.1.1.1', '1.1.1.1, 8.8.8.8', '8.8.8.8'],
    ['the one before a second trusted proxy', '10.1.1.1', '1.1.1.1, 8.8.8.8, 10.2.2.2', '8.8.8.8'],
    ['the one behind proxies of both families', 'fd00::1', '8.8.8.8, 192.0.2.1, fd12::2', '8.8.8.8'],
    ['that of a proxy nobody trusts', '10.1.1.1', '8.8.8.8, 192.0.2.2', '192.0.2.2'],
    ['the first one when all are trusted', '10.1.1.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['the socket’s without the header', '10.1.1.1', undefined, '10.1.1.1'],
    ['the socket’s when nobody trusts it', '8.8.4.4', '8.8.8.8', '8.8.4.4'],
    ['plain IPv4 on a dual-stack socket', '::ffff:10.1.1.1', '::ffff:8.8.8.8', '8.8.8.8'],
    ['the one without its port', '10.1.1.1', '8.8.8.8:4711', '8.8.8.8'],
    ['the one without brackets and port', '10.1.1.1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['the proxy’s when it forwards no address', '10.1.1.1', '8.8.8.8, unknown', '10.1.1.1'],
    ['the last proxy’s when it forwards no address', '10.1.1.1', 'x, 10.2.2.2', '10.2.2.2'],
    ['the socket’s for an empty header', '10.1.1.1', '', '10.1.1.1'],
  ])('is %s', (_what, socket, forwarded, expected) => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(addressOf(requestFrom(socket, headers))).toBe(expected);
  });

  it('is the last forwarded one when the frontend presents the key', () => {
    const headers = { 'x-forwarded-for': '8.8.8.8', 'x-internal-key': 'the-internal-key' };
    expect(addressOf(requestFrom('10.1.1.1', headers))).toBe('8.8.8.8');
  });

  it('cannot be configured with what is no range', () => {
    const hasInternalKey = () => false;
    expect(() => edgeClientAddress({ hasInternalKey, trustedProxies: ['ingress'] })).toThrow(TypeError);
  });
});

describe('the client address behind the gateway', () => {
  const forwarded = { 'x-forwarded-for': '8.8.8.8, ::ffff:192.0.2.7' };

  it.each(['127.0.0.1', '::ffff:10.1.2.3', 'fd00::1'])('is the last forwarded one over %s', (own) => {
    expect(forwardedClientAddress(requestFrom(own, forwarded))).toBe('192.0.2.7');
  });

  it('is the socket’s when the connection comes from a public network', () => {
    expect(forwardedClientAddress(requestFrom('::ffff:8.8.4.4', forwarded))).toBe('8.8.4.4');
  });

  it('is the socket’s when nothing usable was forwarded', () => {
    expect(forwardedClientAddress(requestFrom('127.0.0.1', {}))).toBe('127.0.0.1');
    expect(forwardedClientAddress(requestFrom('127.0.0.1', { 'x-forwarded-for': 'nonsense' }))).toBe(
      '127.0.0.1',
    );
  });
});
