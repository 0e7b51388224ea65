import { expect, it } from 'vitest';
import {
  allows,
  hasTenantRole,
  levels,
  roleFor,
  tenantNeeds,
  workspaceRoles,
} from '../../../platform/contracts/rights.ts';
import { lowestRole, mayDo, mayInTenant } from './approved-rights.ts';

it('approves what the contract gives to each role: a change of one needs a change of the other', () => {
  const cells = workspaceRoles.flatMap((role) => levels.map((level) => [role, level] as const));
  expect(cells.filter(([role, level]) => mayDo(role, level) !== allows(role, level))).toEqual([]);
  expect(levels.filter((level) => lowestRole(level) !== roleFor(level))).toEqual([]);
});

it('approves nothing for who has no role', () => {
  expect(levels.filter((level) => mayDo(undefined, level))).toEqual([]);
});

it('approves in the tenant what the contract gives to its users and its owner', () => {
  const differing = [true, false].flatMap((ownsTenant) =>
    tenantNeeds.filter(
      (need) =>
        mayInTenant(need, { ownsTenant }) !== hasTenantRole({ role: 'user', owns_tenant: ownsTenant }, need),
    ),
  );
  expect(differing).toEqual([]);
});
