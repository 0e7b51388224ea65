import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { problem } from '../http/problem.ts';
import { challengeWithMetadata, publicOrigin, withResourceMetadata } from './protected-resource.ts';
import { insufficientScope } from './token-scope.ts';

const requestWith = (headers: Record<string, string>, localAddress = '10.0.0.5') =>
  ({ headers, socket: { localAddress } }) as unknown as IncomingMessage;

describe('the public origin without a setting', () => {
  it.each([
    ['localhost:8000', 'http://localhost:8000'],
    ['LOCALHOST:8000', 'http://localhost:8000'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['[::1]:8001', 'http://[::1]:8001'],
    ['10.0.0.5:8000', 'http://10.0.0.5:8000'],
  ])('is taken from Host: %s', (host, expected) => {
    expect(publicOrigin(undefined)(requestWith({ host }))).toBe(expected);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    'localhost:8000@evil.example',
    'localhost"',
    'localhost/x',
    'localhost:999999',
    '10.0.0.6:8000',
    '',
  ])('is unknown with Host: %s', (host) => {
    expect(publicOrigin(undefined)(requestWith({ host }))).toBeUndefined();
  });

  it.each(['x-forwarded-for', 'forwarded'])('is unknown behind a proxy that sends %s', (name) => {
    expect(publicOrigin(undefined)(requestWith({ host: 'localhost', [name]: '10.0.0.1' }))).toBeUndefined();
  });

  it('knows an IPv4 address of a socket for both families', () => {
    const request = requestWith({ host: '10.0.0.5:8000' }, '::ffff:10.0.0.5');
    expect(publicOrigin(undefined)(request)).toBe('http://10.0.0.5:8000');
  });
});

it('a configured origin wins over every header', () => {
  const request = requestWith({ host: 'evil.example', 'x-forwarded-host': 'evil.example' });
  expect(publicOrigin('https://platform.example.com')(request)).toBe('https://platform.example.com');
});

const metadata = 'resource_metadata="http://localhost/.well-known/oauth-protected-resource/mcp"';

it.each([
  ['Bearer', `Bearer ${metadata}`],
  ['Bearer error="invalid_token"', `Bearer error="invalid_token", ${metadata}`],
  [
    'Bearer error="invalid_token", resource_metadata="http://10.0.0.1/x"',
    `Bearer error="invalid_token", ${metadata}`,
  ],
  ['Bearer resource_metadata="http://10.0.0.1/x"', `Bearer ${metadata}`],
])('the challenge %s names the metadata once', (given, expected) => {
  expect(challengeWithMetadata(given, 'http://localhost', '/mcp')).toBe(expected);
});

it('names the metadata in a 403 for a missing scope', () => {
  const changed = withResourceMetadata(insufficientScope('No.', 'files:read'), 'http://localhost', '/mcp');
  expect(changed.headers).toEqual({
    'www-authenticate': `Bearer error="insufficient_scope", scope="files:read", ${metadata}`,
  });
});

it('only a challenge with a known origin names the metadata', () => {
  for (const [error, origin] of [
    [problem('forbidden'), 'http://localhost'],
    [problem('not_ready'), 'http://localhost'],
    [problem('token_expired'), undefined],
  ] as const)
    expect(withResourceMetadata(error, origin, '/mcp')).toBe(error);
  const changed = withResourceMetadata(problem('token_expired'), 'http://localhost', '/mcp');
  expect(changed).toMatchObject({
    code: 'token_expired',
    headers: { 'www-authenticate': `Bearer ${metadata}` },
  });
});
