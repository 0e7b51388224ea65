import { expect, it } from 'vitest';
import { catalogue } from '../../contracts/catalogue.ts';
import { testClaims } from '../testing/test-claims.ts';
import { assertScope } from './token-scope.ts';

const withScope = (scope: string) => testClaims({ scope });

it('lets the token of a session use every route', () => {
  for (const scope of [undefined, 'any', 'files:read'] as const)
    expect(() => assertScope(scope ? { scope } : {}, testClaims())).not.toThrow();
});

it.each([
  ['the scope', 'files:write files:read', 'files:read'],
  ['any token', '', 'any'],
] as const)('lets a token with scopes use a route that needs %s', (_what, scope, needed) => {
  expect(() => assertScope({ scope: needed }, withScope(scope))).not.toThrow();
});

it.each([
  ['another scope', 'files:read', { scope: 'files:write' }],
  ['a scope that only begins the same', 'files:read-all', { scope: 'files:read' }],
  ['no scope at all', '', { scope: 'files:read' }],
  ['a route that declares no scope', 'files:read', {}],
] as const)('rejects a token with %s', (_what, scope, route) => {
  expect(() => assertScope(route, withScope(scope))).toThrow(expect.objectContaining({ code: 'forbidden' }));
});

const route = { method: 'PUT', path: '/users/me' } as const;
const acting = (scope: string) => testClaims({ scope, act: { sub: 'saga-service' } });

it('lets a service that acts for a user use a route without a scope only by its name', () => {
  expect(() => assertScope(route, acting('files:read PUT:/users/me'))).not.toThrow();
  expect(() => assertScope({ ...route, scope: 'files:read' }, acting('files:read'))).not.toThrow();
  for (const scope of ['files:read', 'PUT:/users/me2', 'GET:/users/me', ''])
    expect(() => assertScope(route, acting(scope))).toThrow(expect.objectContaining({ code: 'forbidden' }));
});

it('lets no personal access token use a route without a scope by its name', () => {
  expect(() => assertScope(route, withScope('PUT:/users/me'))).toThrow(
    expect.objectContaining({ code: 'forbidden' }),
  );
});

it('lets no service use routes of the account', () => {
  const change = { method: 'POST', path: '/auth/change-password' } as const;
  expect(() => assertScope(change, acting('POST:/auth/change-password'))).toThrow(
    'Services cannot use this for a user.',
  );
});

it('finds a scope on routes of users only, and none on those of sessions and tokens', () => {
  const routes = catalogue.flatMap(({ routes }) => Object.values(routes));
  expect(routes.filter(({ access, scope }) => scope !== undefined && access !== 'user')).toEqual([]);
  const guarded = routes.filter(({ path }) =>
    /^\/(?:auth\/(?:tokens|sessions|change|delete|export)|audit|tenant|workspaces)/.test(path),
  );
  expect(guarded.length).toBeGreaterThan(10);
  expect(guarded.filter(({ scope }) => scope !== undefined)).toEqual([]);
});
