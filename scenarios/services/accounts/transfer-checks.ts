import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, textsAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { transferBreaks } from './audit-breaks.ts';

export const transfersMoveOwnership = defineCheck({
  id: 'services.platform-services.values-of-transfers',
  title: 'A transfer moves a workspace or a tenant, and only that',
  failureTitle: 'A transfer leaves two owners, none, or the wrong one',
  why: 'Somebody who hands over a workspace must not keep the right to delete it, and somebody must have it.',
  category: 'services',
  severity: 'high',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'workspaces/transfer-workspace.ts and tenants/tenant-users.ts of platform-services.',
    effort: 'hours',
  },
  expects: {
    before: equals(403),
    transferred: equals([200, 'owner']),
    members: equals({ former: 'admin', next: 'owner', bystander: 'viewer' }),
    formerDeletes: equals(403),
    nextChanges: equals(200),
    toStranger: equals(404),
    tenant: equals([200, true]),
    tenantRoles: equals(['admin', 'owner']),
    formerTransfersAgain: equals(403),
  },
  breaks: transferBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const workspaceId = await defaultWorkspace(send);
    const next = await addMember(context, send, { workspaceId, role: 'viewer' });
    const bystander = await addMember(context, send, { workspaceId, role: 'viewer' });
    const outside = await addMember(context, send, { workspaceId, role: 'viewer' });
    const id = textAt(
      await prepare(send, 'POST', '/api/workspaces', { name: context.unique('moved') }),
      'id',
    );
    for (const [{ userId }, role] of [
      [next, 'editor'],
      [bystander, 'viewer'],
    ] as const)
      await prepare(send, 'POST', `/api/workspaces/${id}/members`, { user_id: userId, role });
    const transfer = (act: Send, userId: string) =>
      act('POST', `/api/workspaces/${id}/transfer`, { user_id: userId });
    const before = (await transfer(next.send, next.userId)).status;
    const toStranger = (await transfer(send, outside.userId)).status;
    const moved = await transfer(send, next.userId);
    const members = await prepare(next.send, 'GET', `/api/workspaces/${id}/members`);
    const roles = textsAt(members, 'members', 'role');
    const ids = textsAt(members, 'members', 'user_id');
    const roleOf = (userId: string) => roles[ids.indexOf(userId)] ?? 'none';
    // The owner of the tenant is an administrator everywhere, so the role counts only where no such right does.
    const formerDeletes = (await send('DELETE', `/api/workspaces/${id}`)).status;
    const nextChanges = (await next.send('PATCH', `/api/workspaces/${id}`, { description: 'moved' })).status;
    const tenant = await send('POST', '/api/tenant/transfer', { user_id: next.userId });
    const shown = await prepare(next.send, 'GET', '/api/tenant');
    const users = await prepare(next.send, 'GET', '/api/tenant/users?page_size=100');
    const list = (valueAt(users, 'users') ?? []) as { id: string; role: string; is_owner: boolean }[];
    const tenantRoleOf = (userId: string) => {
      const found = list.find((one) => one.id === userId);
      return found?.is_owner ? 'owner' : (found?.role ?? 'none');
    };
    return {
      before,
      transferred: [moved.status, textAt(moved.json, 'role')],
      members: {
        former: roleOf(user.userId),
        next: roleOf(next.userId),
        bystander: roleOf(bystander.userId),
      },
      formerDeletes,
      nextChanges,
      toStranger,
      tenant: [tenant.status, textAt(shown, 'owner_id') === next.userId],
      tenantRoles: [tenantRoleOf(user.userId), tenantRoleOf(next.userId)],
      formerTransfersAgain: (await send('POST', '/api/tenant/transfer', { user_id: user.userId })).status,
    };
  },
});
