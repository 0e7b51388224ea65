import { describe, expect, it } from 'vitest';
import { wrongInLists } from './lists.ts';

const kinds = ['workspace', 'base', 'file', 'workflow', 'execution', 'saga', 'sync'] as const;
const privateKinds = ['token', 'session', 'grant', 'export', 'notification'] as const;
const objects = Object.fromEntries(
  [...kinds, ...privateKinds].map((kind) => [kind, `id-of-${kind}`]),
) as never;
const shared = { path: '/api/all', status: 200, text: kinds.map((kind) => `id-of-${kind}`).join() };
const own = { path: '/api/own', status: 200, text: privateKinds.map((kind) => `id-of-${kind}`).join() };
const empty = { path: '/api/all', status: 200, text: '[]' };
const person = (name: string, role?: string) => ({ name, role, token: 'token' }) as never;

describe('lists', () => {
  it('are right when members see what is in their workspaces and owners what is theirs', () => {
    expect(wrongInLists(person('viewer', 'viewer'), objects, [shared])).toEqual([]);
    expect(wrongInLists(person('owner', 'owner'), objects, [shared, own])).toEqual([]);
    expect(wrongInLists(person('removed'), objects, [empty])).toEqual([]);
  });

  it('are wrong when somebody without a role sees an object', () => {
    expect(wrongInLists(person('removed'), objects, [{ ...empty, text: 'id-of-file' }])).toEqual([
      'removed: /api/all contains a foreign file',
    ]);
  });

  it('are wrong when another member sees a session of the owner', () => {
    const seen = [shared, { ...own, text: 'id-of-session' }];
    expect(wrongInLists(person('admin', 'admin'), objects, seen)).toEqual([
      'admin: /api/own contains a foreign session',
    ]);
  });

  it('are wrong when a member misses an object', () => {
    const seen = [{ ...shared, text: shared.text.replace('id-of-base', '') }];
    expect(wrongInLists(person('viewer', 'viewer'), objects, seen)).toEqual([
      'viewer: no list contains the base',
    ]);
  });

  it('are wrong when they are readable without a token', () => {
    const anonymous = { name: 'anonymous', role: undefined, token: undefined } as never;
    expect(wrongInLists(anonymous, objects, [empty])).toEqual(['anonymous: /api/all is 200']);
  });
});
