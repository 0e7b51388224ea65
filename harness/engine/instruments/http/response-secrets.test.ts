import { describe, expect, it } from 'vitest';
import type { LogWatch } from '../../../evidence/log-watch.ts';
import { Canaries } from '../logs/canaries.ts';
import type { Exchange } from './http.ts';
import { ResponseSecrets } from './response-secrets.ts';

const token = 'Zk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw';
const watch: LogWatch = {
  watch: () => undefined,
  logs: () => [],
  knownIn: (text) => (text.includes('Kestrel-1') ? ['password', 'token'] : []),
};

function respond(json: unknown, more: Partial<Exchange> = {}): Exchange {
  return {
    method: 'GET',
    url: 'http://gateway.example/api/users/0f0e0d0c-0000-4000-8000-000000000001?x=1',
    status: 200,
    headers: {},
    json,
    text: JSON.stringify(json),
    truncated: false,
    durationMs: 1,
    ...more,
  };
}

describe('secrets in responses', () => {
  const searchAll = (...responses: readonly [check: string, response: Exchange][]) => {
    const secrets = new ResponseSecrets(new Canaries(watch));
    for (const [check, response] of responses) secrets.search(check, 'gateway', response);
    return secrets.results();
  };

  it.each([
    ['password hash', { any_name: '$argon2id$v=19$m=19456,t=2,p=1$abc$def' }],
    ['password hash', { any_name: `$2b$10$${'a'.repeat(53)}` }],
    ['private key', { pem: '-----BEGIN EC PRIVATE KEY-----' }],
    ['private key', { kty: 'EC', d: token }],
    ['password', { echoed: 'Kestrel-1' }],
  ])('are found: %s', (kind, body) => {
    const { found, responses } = searchAll(['a', respond(body)]);
    expect(responses).toBe(1);
    expect(found).toEqual([{ check: 'a', route: 'GET /api/users/:id at gateway', kind }]);
  });

  it('are found in headers', () => {
    expect(searchAll(['a', respond({}, { headers: { 'x-debug': 'Kestrel-1' } })]).found).toHaveLength(1);
  });

  it('are tokens that another check was given', () => {
    const own: [string, Exchange] = ['a', respond({ refresh_token: token })];
    expect(searchAll(own, own).found).toEqual([]);
    expect(searchAll(own, ['b', respond({ text: token })]).found).toMatchObject([
      { check: 'b', kind: 'token of another user' },
    ]);
  });

  it('are no tokens that a target file gives to all checks', () => {
    const secrets = new ResponseSecrets(new Canaries(watch));
    secrets.share(token);
    secrets.search('a', 'gateway', respond({ refresh_token: token }));
    secrets.search('b', 'gateway', respond({ refresh_token: token }));
    expect(secrets.results().found).toEqual([]);
  });

  it('are not seen in ordinary responses', () => {
    const body = { id: token, etag: 'a'.repeat(64), name: 'Ada', token_type: 'Bearer' };
    expect(searchAll(['a', respond(body)], ['b', respond(body)]).found).toEqual([]);
  });
});
