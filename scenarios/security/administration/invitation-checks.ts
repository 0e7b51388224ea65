import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { invitationBreaks, invitationMailBreaks } from './administration-breaks.ts';
import { addMember, defaultWorkspace, inviteNew, registerInvited } from './tenant-members.ts';

export const invitationsAreBound = defineCheck({
  ...furtherSecurity,
  id: 'security.administration.invitations-bound',
  title: 'An invitation works once, for its address only',
  failureTitle: 'An invitation works twice, or for somebody else',
  standards: ['ASVS 2.3.2', 'ASVS 8.4.1', 'API5'],
  why: 'Its link travels by mail. Another person who finds it must not join a tenant with it.',
  needs: [registrationWorks],
  remediation: {
    text: 'The statement that joins updates the invitation where it is not accepted and not expired, and compares its address. A line in `accepted` names what should have been rejected.',
    effort: 'hours',
  },
  expects: {
    accepted: empty(),
    joinedAtOnce: equals(1),
    roleOfMember: equals('commenter'),
    existingAccount: equals(200),
    otherTenant: equals(409),
    strangersInTenant: empty(),
  },
  breaks: invitationBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const workspaceId = await defaultWorkspace(send);
    const accepted: string[] = [];
    const expect404 = (what: string, status: number) => {
      if (status !== 404) accepted.push(`${what}: ${status} instead of 404`);
    };

    // Another address, a revoked one, a replaced one, and one that was used.
    const invited = await inviteNew(context, send, { workspaceId, role: 'commenter' });
    const thief = `${context.unique('thief')}@readiness.example`.toLowerCase();
    const stolen = await registerInvited(context, { ...invited, email: thief });
    expect404('another address', stolen.status);
    const revoked = await inviteNew(context, send, { workspaceId });
    await prepare(send, 'DELETE', `/api/workspaces/${workspaceId}/invitations/${revoked.id}`);
    expect404('a revoked one', (await registerInvited(context, revoked)).status);
    const replaced = await inviteNew(context, send, { workspaceId });
    await prepare(send, 'POST', `/api/workspaces/${workspaceId}/invitations`, { email: replaced.email });
    expect404('a replaced one', (await registerInvited(context, replaced)).status);

    const both = await Promise.all([registerInvited(context, invited), registerInvited(context, invited)]);
    const joined = both.filter(({ status }) => status === 201);
    const members = await prepare(send, 'GET', `/api/workspaces/${workspaceId}/members`);
    const memberList = (valueAt(members, 'members') ?? []) as { email: string; role: string }[];

    // An account of the tenant accepts; another one of it, and one of another tenant, cannot.
    const colleague = await addMember(context, send, { workspaceId });
    const other = await addMember(context, send, { workspaceId });
    const second = textAt(
      await prepare(send, 'POST', '/api/workspaces', { name: context.unique('second') }),
      'id',
    );
    const path = `/api/workspaces/${second}/invitations`;
    const made = await prepare(send, 'POST', path, { email: colleague.email });
    const token = textAt(made, 'token');
    const accept = (act: typeof send) => act('POST', '/api/auth/invitations/accept', { token });
    expect404('an account with another address', (await accept(other.send)).status);
    const existingAccount = (await accept(colleague.send)).status;
    expect404('a second time', (await accept(colleague.send)).status);
    const stranger = await context.account();
    const otherTenant = await send('POST', path, { email: stranger.email });

    const users = await prepare(send, 'GET', '/api/tenant/users?page_size=100');
    const emails = ((valueAt(users, 'users') ?? []) as { email: string }[]).map(({ email }) => email);
    return {
      accepted,
      joinedAtOnce: joined.length,
      roleOfMember: memberList.find(({ email }) => email === invited.email)?.role ?? 'none',
      existingAccount,
      otherTenant: otherTenant.status,
      strangersInTenant: emails.filter((email) => [thief, stranger.email].includes(email)),
    };
  },
});

export const invitationsAreMailed = defineCheck({
  ...furtherSecurity,
  id: 'security.administration.invitations-mailed',
  title: 'The link of an invitation arrives by mail and works',
  why: 'Invited people have nothing but this mail: without it, nobody can join a workspace.',
  severity: 'high',
  requires: ['mail'],
  needs: [registrationWorks],
  remediation: {
    text: 'platform-services stores the mail in the transaction of the invitation; identity.mails has its state. PUBLIC_URL is the origin of its link.',
    effort: 'hours',
  },
  expects: {
    recipient: equals('the invited address'),
    linkLeadsTo: equals('/invitation'),
    joined: equals(201),
  },
  breaks: invitationMailBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const workspaceId = await defaultWorkspace(send);
    const { email } = await inviteNew(context, send, { workspaceId });
    const mail = await context.mailbox.waitFor({ to: email, subject: /^Invitation to the workspace/ });
    const link = new URL(mail.links[0] ?? 'http://none.invalid/');
    const invitation = link.searchParams.get('token') ?? 'none';
    const joined = await registerInvited(context, { email, invitation });
    return {
      recipient: mail.to === email ? 'the invited address' : mail.to,
      linkLeadsTo: link.pathname,
      joined: joined.status,
    };
  },
});
