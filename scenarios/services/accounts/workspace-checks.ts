import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt, valueAt } from '../../kit/shape.ts';
import { addMember } from '../../security/administration/tenant-members.ts';
import { workspaceBreaks } from './account-breaks.ts';
import { accountCheck } from './account-check.ts';

export const workspacesAreListed = defineCheck({
  ...accountCheck,
  id: 'services.platform-services.values-of-workspaces',
  title: 'Workspaces, members, keys and audit show what happened',
  failureTitle: 'A list of workspaces, members, keys or events is wrong',
  why: 'Administrators decide by these lists who may do what, and look into the audit when something went wrong.',
  remediation: {
    text: 'platform-services lists them by tenant; each list has pages and a total.',
    effort: 'hours',
  },
  expects: {
    workspaces: equals(['Renamed text viewer', 'owner']),
    members: equals([['editor', 'owner'], 2]),
    role: equals('viewer'),
    invitation: equals(['pending', 1, 0]),
    tenant: equals(['Renamed tenant', 2]),
    tokens: equals([['key'], ['data.records:read'], 'renamed', 0]),
    sessions: equals([1, true]),
    removed: equals([1, 404]),
    audit: equals(true),
  },
  breaks: workspaceBreaks,
  async run(context) {
    const owner = await context.account();
    const send = sendAs(context, owner);
    const read = (path: string, act = send) => prepare(act, 'GET', path);
    const made = await prepare(send, 'POST', '/api/workspaces', { name: 'First', description: 'text' });
    const path = `/api/workspaces/${textAt(made, 'id')}`;
    await prepare(send, 'PATCH', path, { name: 'Renamed' });
    const member = await addMember(context, send, { workspaceId: textAt(made, 'id'), role: 'editor' });
    const members = await read(`${path}/members`);
    await prepare(send, 'PATCH', `${path}/members/${member.userId}`, { role: 'viewer' });
    const ofMember = await read(path, member.send);
    const email = `${context.unique('invited')}@readiness.example`.toLowerCase();
    const invitation = await prepare(send, 'POST', `${path}/invitations`, { email, role: 'viewer' });
    const invitations = async () =>
      listAt(await read(`${path}/invitations`), 'invitations').filter(
        (one) => textAt(one, 'email') === email,
      );
    const pending = await invitations();
    await prepare(send, 'DELETE', `${path}/invitations/${textAt(invitation, 'id')}`);
    const withdrawn = (await invitations()).filter((one) => textAt(one, 'status') === 'pending');
    await prepare(send, 'PATCH', '/api/tenant', { name: 'Renamed tenant' });
    const tenant = await read('/api/tenant');
    const users = await read('/api/tenant/users');
    const key = await prepare(send, 'POST', '/api/auth/tokens', {
      name: 'key',
      scopes: ['data.records:read'],
    });
    const tokens = async () => listAt(await read('/api/auth/tokens'), 'tokens');
    const before = await tokens();
    const ofKey = `/api/auth/tokens/${textAt(key, 'id')}`;
    await prepare(send, 'PATCH', ofKey, { name: 'renamed' });
    const renamed = await read(ofKey);
    await prepare(send, 'DELETE', ofKey);
    const sessions = listAt(await read('/api/auth/sessions'), 'sessions');
    const audit = JSON.stringify(await read('/api/audit/events'));
    await prepare(send, 'DELETE', `${path}/members/${member.userId}`);
    const left = await read(`${path}/members`);
    return {
      workspaces: [
        `${textAt(ofMember, 'name')} ${textAt(ofMember, 'description')} ${textAt(ofMember, 'role')}`,
        textAt(await read(path), 'role'),
      ],
      members: [
        listAt(members, 'members')
          .map((one) => textAt(one, 'role'))
          .sort(),
        Number(valueAt(members, 'total') ?? listAt(members, 'members').length),
      ],
      role: textAt(ofMember, 'role'),
      invitation: [textAt(pending[0], 'status'), pending.length, withdrawn.length],
      tenant: [textAt(tenant, 'name'), Number(valueAt(users, 'total'))],
      tokens: [
        before.map((one) => textAt(one, 'name')),
        asJson(valueAt(before[0], 'scopes')),
        textAt(renamed, 'name'),
        (await tokens()).length,
      ],
      sessions: [sessions.length, valueAt(sessions[0], 'current') === true],
      removed: [listAt(left, 'members').length, (await member.send('GET', path)).status],
      audit: audit.includes(owner.userId) && audit.includes(member.userId),
    };
  },
});
