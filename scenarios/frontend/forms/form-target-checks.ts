import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../../authentication/check-fields.ts';
import { sendAs } from '../../kit/send-as.ts';
import { mailedToken } from '../../security/account/mail-links.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { siteCheck } from '../check-fields.ts';
import { inWorkspace, pagePaths } from '../visit/site-pages.ts';
import { createVisitor, signInAtSite, type Visitor } from '../visit/visitor.ts';
import { formTargetBreaks } from './form-target-breaks.ts';

const foreign = '//evil.example/';

/** Names under which sites take the address to go to next. */
const names = [
  'callbackUrl',
  'callback',
  'next',
  'url',
  'redirect',
  'redirect_to',
  'redirect_uri',
  'redirectUrl',
  'return',
  'returnTo',
  'return_to',
  'returnUrl',
  'continue',
  'target',
  'to',
  'goto',
  'dest',
  'destination',
  'what',
  'done',
] as const;

/** A form of the site that succeeds, and then redirects. */
interface Sent {
  visitor: Visitor;
  action: string;
  fields: Readonly<Record<string, string>>;
}

export const formsStayOnSite = defineCheck({
  ...siteCheck,
  id: 'frontend.forms.lead-to-own-site-only',
  title: 'Every form and page leads to the own site only',
  failureTitle: 'A form or a page sends visitors to another site',
  why: 'Whichever form follows an address that comes with it, a link can use it: to a copy of the sign-in page, with the name of the platform in front.',
  severity: 'high',
  standards: ['ASVS 1.2.2', 'ASVS 3.7.2'],
  requires: ['mail'],
  needs: ['frontend.ready', loginWorks, registrationWorks],
  remediation: {
    text: 'Redirect to fixed paths, or pass what the visitor sends through safeCallback. `leaving` names the request.',
    effort: 'hours',
  },
  expects: {
    leaving: empty(),
    redirecting: equals(8),
    pages: atLeast(20, 'pages'),
  },
  breaks: formTargetBreaks,
  run: async (context) => {
    const user = await context.account();
    const other = await context.account();
    const send = sendAs(context, user);
    const workspaceId = await defaultWorkspace(send);
    const member = await addMember(context, send, { workspaceId, role: 'viewer' });
    const owner = createVisitor(context, { from: user.address });
    await signInAtSite(owner, user);
    const stranger = createVisitor(context);
    const forms: Sent[] = [
      {
        visitor: stranger,
        action: '/auth/verify-email',
        fields: { token: await mailedToken(context, 'verify-email', other.email) },
      },
      { visitor: stranger, action: '/auth/forgot-password', fields: { email: other.email } },
      { visitor: owner, action: '/account/verification', fields: {} },
      {
        visitor: owner,
        action: '/account/email',
        fields: {
          new_email: `${context.unique('elsewhere')}@readiness.example`.toLowerCase(),
          current_password: user.password,
        },
      },
      {
        visitor: owner,
        action: inWorkspace('/workspaces/:id/members', workspaceId),
        fields: { action: 'role', user: member.userId, role: 'commenter' },
      },
      {
        visitor: owner,
        action: '/admin/users',
        fields: { action: 'role', user: member.userId, role: 'moderator' },
      },
      {
        visitor: owner,
        action: '/account/password',
        fields: { current_password: user.password, new_password: context.canary('password') },
      },
      { visitor: owner, action: '/auth/logout', fields: {} },
    ];
    const leaving = await pagesThatLeave(context, owner, stranger, workspaceId);
    let redirecting = 0;
    for (const { visitor, action, fields } of forms) {
      const page = await visitor.open(visitor === owner ? '/dashboard' : '/auth/login');
      const csrf = page.root.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
      const more = names.filter((name) => !(name in fields)).map((name) => [name, foreign] as const);
      const { status, headers } = await visitor.send(page, {
        method: 'POST',
        action: `${action}?${new URLSearchParams(more.map(([name, value]) => [name, value]))}`,
        fields: [['csrf', csrf], ...Object.entries(fields), ...more],
      });
      if (status === 303) redirecting += 1;
      const target =
        headers.location === undefined ? undefined : visitor.leavesSite(headers.location, action);
      if (target !== undefined) leaving.push(`POST ${action} leads to ${target}`);
    }
    return { leaving, redirecting, pages: 2 * pagePaths(workspaceId).length };
  },
});

/** Opens every page with all the names. */
async function pagesThatLeave(
  _context: CheckContext,
  owner: Visitor,
  stranger: Visitor,
  workspaceId: string,
): Promise<string[]> {
  const leaving: string[] = [];
  for (const visitor of [owner, stranger])
    for (const path of pagePaths(workspaceId)) {
      const { pathname, searchParams } = new URL(path, 'http://site.invalid');
      for (const name of names) if (!searchParams.has(name)) searchParams.set(name, foreign);
      const { headers } = await visitor.look(`${pathname}?${searchParams}`);
      const target = headers.location === undefined ? undefined : visitor.leavesSite(headers.location, path);
      if (target !== undefined) leaving.push(`GET ${pathname} leads to ${target}`);
    }
  return leaving;
}
