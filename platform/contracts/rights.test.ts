import { describe, expect, it } from 'vitest';
import {
  allows,
  describeNeeds,
  effectiveRole,
  hasTenantRole,
  includesRole,
  levels,
  permissionLevel,
  roleFor,
  tenantNeeds,
  tenantRoles,
  workspaceRoles,
} from './rights.ts';

describe('a role in a workspace', () => {
  it.each([
    ['owner', ['read', 'comment', 'edit', 'create', 'manage', 'own'], 'create'],
    ['admin', ['read', 'comment', 'edit', 'create', 'manage'], 'create'],
    ['editor', ['read', 'comment', 'edit'], 'edit'],
    ['commenter', ['read', 'comment'], 'comment'],
    ['viewer', ['read'], 'read'],
    [undefined, [], 'none'],
  ] as const)('%s allows %j, which Airtable calls %s', (role, allowed, airtable) => {
    expect(levels.filter((level) => allows(role, level))).toEqual(allowed);
    expect(permissionLevel(role)).toBe(airtable);
  });

  it('includes exactly the roles that follow it', () => {
    for (const [index, role] of workspaceRoles.entries())
      expect(workspaceRoles.filter((other) => includesRole(role, other))).toEqual(
        workspaceRoles.slice(index),
      );
  });

  it('is viewer for users with the role readonly, unless they own the tenant', () => {
    for (const role of workspaceRoles) {
      expect(effectiveRole(role, { role: 'readonly', owns_tenant: false })).toBe('viewer');
      expect(effectiveRole(role, { role: 'readonly', owns_tenant: true })).toBe(role);
      expect(effectiveRole(role, { role: 'user', owns_tenant: false })).toBe(role);
    }
  });
});

it.each([
  ['read', 'viewer'],
  ['comment', 'commenter'],
  ['edit', 'editor'],
  ['create', 'admin'],
  ['manage', 'admin'],
  ['own', 'owner'],
] as const)('the lowest role for %s is %s', (level, role) => {
  expect(roleFor(level)).toBe(role);
});

it('an owner of the tenant has every role in it, and others the roles up to their own', () => {
  const held = Object.fromEntries(
    tenantRoles.map((role) => [
      role,
      tenantNeeds.filter((need) => hasTenantRole({ role, owns_tenant: false }, need)),
    ]),
  );
  expect(held).toEqual({
    user: ['member'],
    readonly: ['member'],
    moderator: ['member', 'moderator'],
    admin: ['member', 'moderator', 'admin'],
  });
  for (const role of tenantRoles)
    expect(tenantNeeds.every((need) => hasTenantRole({ role, owns_tenant: true }, need))).toBe(true);
});

it('what a route needs is described by the role and the object', () => {
  expect(describeNeeds('self')).toBeUndefined();
  expect(describeNeeds({ tenant: 'admin' })).toBe('Needs the role admin in the tenant.');
  expect(describeNeeds({ right: 'edit', of: 'file', id: 'params.id' })).toMatch(
    /^Needs the role editor in the workspace of the file\. /,
  );
  expect(
    describeNeeds({
      right: 'manage',
      of: 'workspace',
      id: 'params.id',
      orTenant: 'admin',
      orSelf: 'params.userId',
    }),
  ).toMatch(/^Needs the role admin in the workspace, or the role admin in the tenant, or being that user\. /);
});
