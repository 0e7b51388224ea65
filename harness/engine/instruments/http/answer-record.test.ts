import { describe, expect, it } from 'vitest';
import { AnswerRecord, passwordsIn } from './answer-record.ts';
import { routeFinder } from './find-route.ts';

const request = { service: 'gateway', method: 'GET', path: '/api/v1/auth/me?x=1', passwords: [] } as const;
const answer = (json: unknown, status = 200) => ({ status, json, text: JSON.stringify(json) });

describe('the record of answers', () => {
  it('has every field with a value, by the route of the service behind the gateway', () => {
    const record = new AnswerRecord([]);
    record.add(request, answer({ id: 1, list: [{ a: null }], empty: {} }));
    expect(record.seen()).toEqual([
      {
        service: 'platform-services',
        route: 'GET /auth/me',
        status: 200,
        fields: [['id'], ['list', '[]', 'a']],
        secrets: [],
      },
    ]);
  });

  it.each([
    ['a hash of a password', '$argon2id$v=19$m=1'],
    ['a private key', '-----BEGIN EC PRIVATE KEY-----'],
    ['a URL with a password', 'postgres://app:pw@db/x'],
    ['a secret of the platform', 'known-to-the-harness'],
    ['a password of a user', 'sent by the check itself'],
  ])('finds %s in a response', (kind, text) => {
    const record = new AnswerRecord(['known-to-the-harness']);
    record.add({ ...request, passwords: ['sent by the check itself'] }, answer({ text }, 500));
    expect(record.seen()[0]?.secrets).toEqual([kind]);
  });

  it('ignores paths that no contract declares', () => {
    const record = new AnswerRecord([]);
    record.add({ ...request, path: '/nowhere' }, answer({ a: 1 }));
    expect(record.seen()).toEqual([]);
  });
});

it('passwords are texts of at least 12 characters under such a name', () => {
  expect(
    passwordsIn({ password: 'long enough it is', new_password: 'short', name: 'long enough it is' }),
  ).toEqual(['long enough it is']);
});

it.each([
  ['user-service', '/users/me', 'GET /users/me'],
  ['user-service', '/users/00000000', 'GET /users/:id'],
  ['gateway', '/api/airtable/v0/app1/Table', 'GET /v0/:baseId/:tableIdOrName'],
  ['gateway', '/health', 'GET /health'],
  ['gateway', '/api/nowhere', undefined],
] as const)('the route of a request to %s for %s is %s', (service, path, route) => {
  expect(routeFinder()(service, 'GET', path)?.route).toBe(route);
});
