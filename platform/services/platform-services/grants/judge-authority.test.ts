import { describe, expect, it } from 'vitest';
import { findAuthorityLoss, type GrantState, isWithin } from './judge-authority.ts';

const sound: GrantState = {
  scopes: ['data.records:write'],
  level: 'edit',
  resources: null,
  workspace_id: '00000000-0000-4000-8000-000000000001',
  revoked: false,
  expired: false,
  role: 'user',
  owns_tenant: false,
  is_active: true,
  workspace_role: 'editor',
  personal_token_id: null,
  token_scopes: null,
  token_resources: null,
};
const bases = (...ids: string[]) => ({ bases: ids, workspaces: [] });
const withToken = { personal_token_id: 'patA', token_scopes: ['data.records:write'] };

describe('findAuthorityLoss', () => {
  it.each<[string, Partial<GrantState>]>([
    ['whose user is an editor', {}],
    ['of the owner of the tenant, whatever the role', { role: 'readonly', owns_tenant: true }],
    ['without a workspace, of a user who is in none', { workspace_id: null, workspace_role: null }],
    ['of a personal access token with the same scopes', withToken],
    [
      'with fewer bases than its personal access token',
      { ...withToken, resources: bases('appA'), token_resources: bases('appA', 'appB') },
    ],
  ])('finds none for a grant %s', (_what, state) => {
    expect(findAuthorityLoss({ ...sound, ...state })).toBeUndefined();
  });

  it.each<[string, Partial<GrantState>]>([
    ['grant_revoked', { revoked: true, is_active: false }],
    ['grant_expired', { expired: true }],
    ['user_deactivated', { is_active: false, workspace_role: null }],
    ['token_revoked', { personal_token_id: 'patA' }],
    ['token_narrowed', { ...withToken, token_scopes: ['data.records:read'] }],
    ['token_narrowed', { ...withToken, token_resources: bases('appA') }],
    [
      'token_narrowed',
      { ...withToken, resources: bases('appA', 'appC'), token_resources: bases('appA', 'appB') },
    ],
    ['not_a_member', { workspace_role: null }],
    ['role_too_low', { workspace_role: 'commenter' }],
    ['role_too_low', { role: 'readonly', workspace_role: 'owner' }],
  ])('reports %s', (loss, state) => {
    expect(findAuthorityLoss({ ...sound, ...state })).toBe(loss);
  });
});

it('takes no limit as reaching more than any limit', () => {
  expect([isWithin(null, null), isWithin(bases('appA'), null), isWithin(null, bases('appA'))]).toEqual([
    true,
    true,
    false,
  ]);
});
