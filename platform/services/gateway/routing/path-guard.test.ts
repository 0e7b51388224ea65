import { expect, it } from 'vitest';
import { assertOneHost, isUnambiguousPath } from './path-guard.ts';

it.each([
  '/api/users/me',
  '/api/users?next=/../x//y',
  '/api/airtable/v0/appA1b2C3d4E5f6G7/My%20Table',
  '/api/airtable/v0/app/tbl?fields%5B%5D=a%2Fb',
  '/api/airtable/v0/app/Sales%2FMarketing',
  '/api/airtable/v0/app/a%5cb/recA/comments',
  '/api/v1/airtable/v0/app/a%2f%2Fb',
  '/api/airtable/bases/app/tables/a%2Fb/records',
  '/.well-known/x',
  '/api/files/a..b',
  '/',
])('accepts %s', (target) => {
  expect(isUnambiguousPath(target)).toBe(true);
});

it.each([
  '/api/users/../auth/me',
  '/api/users/..',
  '/api/./users',
  '/api/users/%2e%2e/auth',
  '/api/users/.%2E/auth',
  '/api/users/..;/auth',
  '/api/users/..%3b/auth',
  '/api/users%2fme',
  '/api/users%2Fme',
  '/api/users\\me',
  '/api/airtable/v0/app/..%2fmeta',
  '/api/airtable/v0/app/%2e%2E%2f..%2fmeta',
  '/api/airtable/v0/app/a%5c..%5cb',
  '/api/airtable/v0/app/a%2F..',
  '/api/airtable/v0/app/a%2F..;x',
  '/api/airtable/v0/../a%2Fb',
  '/api/airtable/v0/app//a%2Fb',
  '/api/airtable/v0/app/a%2Fb%00',
  '/api/airtable/v0/app/..;x/a%2Fb',
  '/api/airtable%2fv0/app/a',
  '/api/users%5cme',
  '/api//users',
  '//evil.example/api',
  '/api/users/%00',
  '/api/users#x',
  'http://evil.example/api/users',
  '*',
  '/api/\u0000',
  '/api/ü',
])('rejects %s', (target) => {
  expect(isUnambiguousPath(target)).toBe(false);
});

it('accepts one host, and rejects a second one in any spelling', () => {
  expect(() => assertOneHost(['Host', 'a', 'X-Host', 'b'])).not.toThrow();
  expect(() => assertOneHost(['host', 'a', 'accept', '*/*', 'HOST', 'b'])).toThrow();
});
