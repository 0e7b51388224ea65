import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { workspaceRoles } from '../../../platform/contracts/rights.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, textsAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { grantingBreaks } from './granting-breaks.ts';

export const nobodyGrantsMore = defineCheck({
  ...furtherSecurity,
  id: 'security.rights.nobody-grants-more-than-their-own-role',
  title: 'Nobody gives or takes a role above their own',
  failureTitle: 'A member gives, takes or removes a role above their own',
  severity: 'blocker',
  standards: ['ASVS 8.2.1', 'ASVS 8.2.2', 'API5'],
  why: 'An administrator of a workspace who can make owners can make one of themselves. Every role then is the highest one.',
  needs: [registrationWorks],
  remediation: {
    text: 'workspaces/workspace-members.ts and invitations/invite.ts of platform-services compare the given role, and the one that is changed, with the role of the caller.',
    effort: 'hours',
  },
  expects: {
    granted: empty(),
    upToOwn: equals([201, 200, 201, 204]),
    owners: equals(2),
    lastOwner: equals([409, 409]),
  },
  breaks: grantingBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const home = await defaultWorkspace(send);
    const [admin, second, subject, editor] = [
      await addMember(context, send, { workspaceId: home, role: 'viewer' }),
      await addMember(context, send, { workspaceId: home, role: 'viewer' }),
      await addMember(context, send, { workspaceId: home, role: 'viewer' }),
      await addMember(context, send, { workspaceId: home, role: 'viewer' }),
    ];
    // A moderator of the tenant may invite, up to the role that an editor has.
    await prepare(send, 'PATCH', `/api/tenant/users/${editor.userId}`, { role: 'moderator' });
    const id = textAt(
      await prepare(send, 'POST', '/api/workspaces', { name: context.unique('granting') }),
      'id',
    );
    const members = `/api/workspaces/${id}/members`;
    const add = (user_id: string, role: string, act = send) => act('POST', members, { user_id, role });
    for (const [{ userId }, role] of [
      [admin, 'admin'],
      [second, 'owner'],
      [editor, 'editor'],
    ] as const)
      await add(userId, role);
    const granted: string[] = [];
    const expect403 = (what: string, status: number) => {
      if (status !== 403) granted.push(`${what}: ${status}`);
    };
    const invite = (role: string, act = admin.send) =>
      act('POST', `/api/workspaces/${id}/invitations`, {
        email: `${context.unique('granted')}@readiness.example`.toLowerCase(),
        role,
      });
    expect403('an admin adds an owner', (await add(subject.userId, 'owner', admin.send)).status);
    const added = (await add(subject.userId, 'viewer', admin.send)).status;
    const change = (userId: string, role: string, act = admin.send) =>
      act('PATCH', `${members}/${userId}`, { role });
    expect403('an admin makes an owner', (await change(subject.userId, 'owner')).status);
    expect403('an admin becomes the owner', (await change(admin.userId, 'owner')).status);
    expect403('an admin lowers an owner', (await change(second.userId, 'viewer')).status);
    expect403(
      'an admin removes an owner',
      (await admin.send('DELETE', `${members}/${second.userId}`)).status,
    );
    expect403('an editor adds a viewer', (await add(subject.userId, 'viewer', editor.send)).status);
    expect403('an editor becomes an admin', (await change(editor.userId, 'admin', editor.send)).status);
    expect403('a moderator invites an admin', (await invite('admin', editor.send)).status);
    const changed = (await change(subject.userId, 'admin')).status;
    const invited = (await invite('admin')).status;
    const removed = (await admin.send('DELETE', `${members}/${subject.userId}`)).status;
    const roles = textsAt(await prepare(send, 'GET', members), 'members', 'role');
    const alone = textAt(
      await prepare(send, 'POST', '/api/workspaces', { name: context.unique('alone') }),
      'id',
    );
    const own = `/api/workspaces/${alone}/members/${account.userId}`;
    return {
      granted,
      upToOwn: [added, changed, invited, removed],
      owners: roles.filter((role) => role === workspaceRoles[0]).length,
      lastOwner: [(await send('PATCH', own, { role: 'viewer' })).status, (await send('DELETE', own)).status],
    };
  },
});
