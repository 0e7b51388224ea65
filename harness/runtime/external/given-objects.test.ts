import { describe, expect, it } from 'vitest';
import { changesAccount, createdObject } from './given-objects.ts';

describe('an object of a given account', () => {
  it.each([
    ['/api/files/upload', { id: 'f' }, { collection: 'files', id: 'f' }],
    ['/files/upload', { id: 'f' }, { collection: 'files', id: 'f' }],
    ['/api/v1/workflows?draft=1', { id: 'w' }, { collection: 'workflows', id: 'w' }],
    ['/api/chat', { session_id: 's' }, { collection: 'conversations', id: 's' }],
    ['/api/airtable/v0/meta/bases', { id: 'app1' }, { collection: 'bases', id: 'app1' }],
    ['/api/auth/tokens', { id: 'k', token: 'pat' }, { collection: 'API keys', id: 'k' }],
    ['/api/workflows/w/execute', { id: 'e' }, undefined],
    ['/api/auth/login', { id: 'x' }, undefined],
    ['/api/workspaces', 'no object', undefined],
  ])('is recognised from POST %s', (path, json, object) => {
    expect(createdObject(path, json)).toEqual(object);
  });
});

describe('a given account', () => {
  it.each([
    ['POST', '/api/auth/change-password'],
    ['POST', '/api/v1/auth/delete-account'],
    ['POST', '/auth/logout'],
    ['DELETE', '/api/auth/sessions/1'],
    ['PUT', '/api/users/me'],
  ])('is changed by %s %s', (method, path) => {
    expect(changesAccount(method, path)).toBe(true);
  });

  it.each([
    ['GET', '/api/users/me'],
    ['POST', '/api/auth/validate'],
    ['DELETE', '/api/auth/tokens/1'],
  ])('is not changed by %s %s', (method, path) => {
    expect(changesAccount(method, path)).toBe(false);
  });
});
