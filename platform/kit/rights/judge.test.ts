import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Authority,
  type Level,
  levels,
  tenantNeeds,
  tenantRoles,
  type WorkspaceRole,
  workspaceRoles,
} from '../../contracts/rights.ts';
import { judgeInTenant, judgeInWorkspace, judgeLevel } from './judge.ts';

const here = randomUUID();
const elsewhere = randomUUID();

function authority(role: WorkspaceRole | undefined, overrides: Partial<Authority> = {}): Authority {
  return {
    user_id: randomUUID(),
    tenant_id: randomUUID(),
    role: 'user',
    is_active: true,
    owns_tenant: false,
    default_workspace_id: elsewhere,
    workspaces: [{ id: elsewhere, role: 'owner' }, ...(role ? [{ id: here, role }] : [])],
    ...overrides,
  };
}

describe('a level in a workspace', () => {
  const [y, f, h] = ['allowed', 'forbidden', 'hidden'] as const;
  it.each([
    ['owner', [y, y, y, y, y, y]],
    ['admin', [y, y, y, y, y, f]],
    ['editor', [y, y, y, f, f, f]],
    ['commenter', [y, y, f, f, f, f]],
    ['viewer', [y, f, f, f, f, f]],
    [undefined, [h, h, h, h, h, h]],
  ] as const)('is judged for %s, in ascending order, as %j', (role, expected) => {
    expect(levels.map((level) => judgeLevel(authority(role), level, here).kind)).toEqual(expected);
  });

  it('names the role that is needed and the own one', () => {
    expect(judgeLevel(authority('viewer'), 'edit', here)).toEqual({
      kind: 'forbidden',
      message: 'This needs the role editor in the workspace; yours is viewer.',
    });
  });
});

const role = fc.option(fc.constantFrom(...workspaceRoles), { nil: undefined });
const level = fc.constantFrom(...levels);

it('a higher role is never judged worse, and a higher level never better', () => {
  const rank = { hidden: 0, forbidden: 1, allowed: 2 };
  const of = (one: WorkspaceRole | undefined, wanted: Level) =>
    rank[judgeLevel(authority(one), wanted, here).kind];
  fc.assert(
    fc.property(role, role, level, level, (one, other, wanted, more) => {
      const [high, low] = [one, other].sort(
        (a, b) => (a ? workspaceRoles.indexOf(a) : 9) - (b ? workspaceRoles.indexOf(b) : 9),
      );
      expect(of(high, wanted)).toBeGreaterThanOrEqual(of(low, wanted));
      const [little, much] = [wanted, more].sort((a, b) => levels.indexOf(a) - levels.indexOf(b)) as [
        Level,
        Level,
      ];
      expect(of(one, little)).toBeGreaterThanOrEqual(of(one, much));
    }),
  );
});

it('who is in no workspace of an object sees nothing of it, whatever the roles elsewhere', () => {
  fc.assert(
    fc.property(level, fc.constantFrom(...tenantRoles), fc.boolean(), (right, tenantRole, owns_tenant) => {
      const stranger = authority(undefined, { role: tenantRole, owns_tenant });
      for (const workspaceId of [here, undefined])
        for (const isSelf of [true, false])
          expect(judgeInWorkspace(stranger, { right }, { workspaceId, isSelf })).toEqual({ kind: 'hidden' });
    }),
  );
});

it('administrators of the tenant pass only where a route names them', () => {
  for (const overrides of [{ role: 'admin' }, { owns_tenant: true }] as const) {
    const admin = authority(undefined, overrides);
    const where = { workspaceId: here, isSelf: false };
    expect(judgeInWorkspace(admin, { right: 'manage', orTenant: 'admin' }, where).kind).toBe('allowed');
    expect(judgeInWorkspace(admin, { right: 'manage' }, where).kind).toBe('hidden');
  }
  const moderator = authority('viewer', { role: 'moderator' });
  const where = { workspaceId: here, isSelf: false };
  expect(judgeInWorkspace(moderator, { right: 'manage', orTenant: 'admin' }, where).kind).toBe('forbidden');
});

it('for the caller alone the right to read is enough where a route says so', () => {
  const viewer = authority('viewer');
  const judge = (isSelf: boolean) =>
    judgeInWorkspace(viewer, { right: 'manage' }, { workspaceId: here, isSelf }).kind;
  expect([judge(true), judge(false)]).toEqual(['allowed', 'forbidden']);
});

it.each([
  ['user', ['member']],
  ['readonly', ['member']],
  ['moderator', ['member', 'moderator']],
  ['admin', ['member', 'moderator', 'admin']],
] as const)('the role %s in the tenant reads what needs %j', (tenantRole, expected) => {
  const user = authority('owner', { role: tenantRole });
  const allowed = tenantNeeds.filter((tenant) => judgeInTenant(user, { tenant }, 'GET').kind === 'allowed');
  expect(allowed).toEqual(expected);
});

it('the role readonly changes nothing in the tenant, except as its owner', () => {
  const judge = (owns_tenant: boolean) =>
    judgeInTenant(authority('viewer', { role: 'readonly', owns_tenant }), { tenant: 'member' }, 'POST').kind;
  expect([judge(false), judge(true)]).toEqual(['forbidden', 'allowed']);
});
