import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestedPlatform, type TestedPlatform } from '../../testing/tested-platform.ts';
import { type Sabotage, withTriggers } from '../../testing/with-triggers.ts';

let platform: TestedPlatform;
beforeAll(async () => {
  platform = await openTestedPlatform({ name: 'administration' });
}, 90_000);
afterAll(() => platform?.[Symbol.asyncDispose]());

const resultOf = (id: string) => platform.resultOf(`security.administration.${id}`);

const withTrigger = (id: string, sabotage: Sabotage) =>
  withTriggers(platform.admin, [sabotage], () => resultOf(id));

describe('the checks of administration', { timeout: 120_000 }, () => {
  it.each([
    'roles-apply',
    'deactivation-ends-access',
    'owner-stays',
    'invitations-bound',
    'invitations-mailed',
  ])('%s passes on the platform', async (id) => {
    expect(await resultOf(id)).toMatchObject({ outcome: 'pass' });
  });

  it('notice roles that cannot be given', async () => {
    const { outcome, observed } = await withTrigger('roles-apply', {
      on: 'before update of role on identity.users',
      does: 'new.role := old.role; return new;',
    });
    expect([outcome, observed.rolesShown]).toEqual(['fail', ['user', 'user', 'user', 'user']]);
  });

  it('notice a deactivation without effect', async () => {
    const { outcome, observed } = await withTrigger('deactivation-ends-access', {
      on: 'before update of is_active on identity.users',
      does: 'new.is_active := old.is_active; return new;',
    });
    expect([outcome, observed.signIn]).toEqual(['fail', '200 ']);
  });

  it('notice a tenant that cannot be transferred', async () => {
    const { outcome, observed } = await withTrigger('owner-stays', {
      on: 'before update of owner_id on identity.tenants',
      does: 'new.owner_id := old.owner_id; return new;',
    });
    expect([outcome, observed.formerOwnerIsRemoved]).toEqual(['fail', 403]);
  });

  it('notice an invitation that works again', async () => {
    const { outcome, observed } = await withTrigger('invitations-bound', {
      on: 'before update of accepted_at on identity.invitations',
      does: 'new.accepted_at := null; return new;',
    });
    expect(outcome).toBe('fail');
    expect(observed.accepted).toEqual([expect.stringMatching(/^a second time: /)]);
  });

  it('notice a workspace that is deleted although it holds a base, and one that never gets empty', async () => {
    const check = 'services.platform-services.full-workspaces-stay';
    expect(await platform.resultOf(check)).toMatchObject({ outcome: 'pass' });
    const uncounted = {
      on: 'before insert on airtable.bases',
      does: 'new.workspace_id := gen_random_uuid(); return new;',
    };
    const kept = { on: 'before delete on airtable.bases', does: 'return null;' };
    const results = [];
    for (const sabotage of [uncounted, kept])
      results.push(await withTriggers(platform.admin, [sabotage], () => platform.resultOf(check)));
    expect(results).toMatchObject([
      { outcome: 'fail', observed: { fullIs: '204 ', workspaceAfter: 404 } },
      { outcome: 'fail', observed: { baseAfter: 200, emptyIs: '409 conflict: 1 base', workspaceAfter: 200 } },
    ]);
  });

  it('notice an invitation without a mail', async () => {
    const { outcome } = await withTrigger('invitations-mailed', {
      on: 'before insert on identity.mails',
      does: 'return null;',
    });
    expect(outcome).toBe('fail');
  });
});
