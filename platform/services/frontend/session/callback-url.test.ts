import { expect, it } from 'vitest';
import { safeCallback, withCallback } from './callback-url.ts';

it.each([
  ['/settings', '/settings'],
  ['/workspaces/1?tab=members', '/workspaces/1?tab=members'],
  ['/x/../dashboard', '/dashboard'],
  [undefined, '/dashboard'],
  ['', '/dashboard'],
  ['https://evil.example', '/dashboard'],
  ['//evil.example', '/dashboard'],
  ['/\\evil.example', '/dashboard'],
  ['/\t/evil.example', '/dashboard'],
  ['/x\\..\\..\\evil', '/dashboard'],
  ['/.//evil.example', '/dashboard'],
  ['javascript:alert(1)', '/dashboard'],
  ['/auth/logout', '/dashboard'],
  ['/api/auth/profile', '/dashboard'],
  ['/a\r\nset-cookie: x=1', '/dashboard'],
])('%j leads to %s', (requested, target) => {
  expect(safeCallback(requested)).toBe(target);
});

it('is omitted from the URL when it is the start page', () => {
  expect(withCallback('/auth/login', '/dashboard')).toBe('/auth/login');
  expect(withCallback('/auth/login', '/a?b=1')).toBe('/auth/login?callbackUrl=%2Fa%3Fb%3D1');
});
