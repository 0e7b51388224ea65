import { type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../authentication/check-fields.ts';
import { prepare } from '../kit/send-as.ts';
import { textAt } from '../kit/shape.ts';
import { siteCheck } from './check-fields.ts';
import {
  cardEmptied,
  invitationForNobody,
  invitationsEmptied,
  keysEmptied,
  rowDropped,
  searchIgnored,
  wrongRole,
} from './content-breaks.ts';
import { expectedOn, type PageProblems } from './visit/expected-content.ts';
import { furnishTenant } from './visit/furnished-tenant.ts';
import { textOf } from './visit/seen-page.ts';
import { createVisitor, signInAtSite } from './visit/visitor.ts';

/** The user agent of a second session. */
const otherDevice = 'Field-Tablet/2.0';

export const pagesShowData = defineCheck({
  ...siteCheck,
  id: 'frontend.content.pages-show-data',
  title: 'Every page shows the data that exists, and all of it',
  failureTitle: 'A page does not show data that the API returns',
  why: 'A list that is always empty looks like an account without data. Visitors then believe that their work is lost.',
  severity: 'high',
  needs: ['frontend.ready', loginWorks, registrationWorks],
  remediation: {
    text: 'Each observation compares a page with the response of the API for the same user. Look at the handler of the page and at its view.',
    effort: 'hours',
  },
  expects: {
    dataAtApi: equals(6),
    dashboard: empty(),
    members: empty(),
    users: empty(),
    search: empty(),
    keys: empty(),
    invitation: empty(),
  },
  breaks: [
    cardEmptied,
    invitationsEmptied,
    keysEmptied,
    rowDropped,
    wrongRole,
    searchIgnored,
    invitationForNobody,
  ],
  run: async (context) => {
    const { owner, send, workspace, member, invited, key } = await furnishTenant(context);
    await context.http.request('gateway', '/api/auth/login', {
      method: 'POST',
      body: { email: owner.email, password: owner.password },
      from: owner.address,
      headers: { 'user-agent': otherDevice },
    });
    const visitor = createVisitor(context, { from: owner.address });
    await signInAtSite(visitor, owner);
    const membersPath = `/workspaces/${workspace.id}/members`;
    const lists = {
      me: await prepare(send, 'GET', '/api/auth/me'),
      workspaces: await prepare(send, 'GET', '/api/workspaces'),
      sessions: await prepare(send, 'GET', '/api/auth/sessions'),
      members: await prepare(send, 'GET', `/api${membersPath}`),
      invitations: await prepare(send, 'GET', `/api/workspaces/${workspace.id}/invitations`),
      users: await prepare(send, 'GET', '/api/tenant/users'),
      tokens: await prepare(send, 'GET', '/api/auth/tokens'),
    };
    // What was made must be in the responses, or else the pages cannot be blamed.
    const made: readonly [unknown, string][] = [
      [lists.workspaces, workspace.name],
      [lists.sessions, otherDevice],
      [lists.members, member.email],
      [lists.invitations, invited.email],
      [lists.users, member.email],
      [lists.tokens, key.name],
    ];
    const expected = expectedOn(lists);
    const on = async (path: string, problems: PageProblems): Promise<string[]> =>
      problems(await visitor.open(path));
    return {
      dataAtApi: made.filter(([list, text]) => JSON.stringify(list).includes(text)).length,
      dashboard: await on('/dashboard', expected.dashboard),
      members: await on(membersPath, expected.members(workspace.name)),
      users: await on('/admin/users', expected.users),
      search: await on(
        `/admin/users?search=${encodeURIComponent(member.email)}`,
        expected.foundUsers({ found: member.email, others: [owner.email] }),
      ),
      keys: await on('/account/tokens', expected.keys),
      invitation: await invitationProblems(context, invited, {
        workspace: workspace.name,
        tenant: textAt(await prepare(send, 'GET', '/api/tenant'), 'name'),
      }),
    };
  },
});

/** The page that the mail of an invitation leads to. */
async function invitationProblems(
  context: CheckContext,
  { email, invitation }: { email: string; invitation: string },
  { workspace, tenant }: { workspace: string; tenant: string },
): Promise<string[]> {
  const page = await createVisitor(context).open(`/invitation?token=${encodeURIComponent(invitation)}`);
  const text = textOf(page.root.querySelector('main'));
  return [
    ...(page.heading === 'Invitation'
      ? []
      : [`the page has status ${page.status} and the heading “${page.heading}”`]),
    ...[workspace, tenant, email, 'the role viewer', 'Create account and join']
      .filter((wanted) => !text.includes(wanted))
      .map((wanted) => `the page does not show “${wanted}”`),
  ];
}
