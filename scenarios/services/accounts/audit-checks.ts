import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, textsAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { auditListBreaks } from './audit-breaks.ts';

/** Events of an account that only registers, fails to sign in and makes workspaces and members. */
const pageSize = 2;

export const auditListsAreRight = defineCheck({
  id: 'services.platform-services.values-of-audit',
  title: 'The audit log filters, pages and counts right',
  failureTitle: 'The audit log shows the wrong events',
  why: 'Investigators filter it for one kind of event. A filter that is ignored, or a page that repeats, hides the one that matters.',
  category: 'services',
  severity: 'high',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services'],
  timeoutMs: 60_000,
  remediation: { text: 'audit/audit-query.ts of platform-services has the statement.', effort: 'hours' },
  expects: {
    wrongEvents: empty(),
    added: equals([2, 2]),
    failures: equals(['login']),
    pages: equals('every event once, latest first'),
    total: equals(true),
    ofMember: empty(),
    details: equals(['viewer', 'commenter']),
  },
  breaks: auditListBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const workspaceId = await defaultWorkspace(send);
    const members = [
      await addMember(context, send, { workspaceId, role: 'viewer' }),
      await addMember(context, send, { workspaceId, role: 'viewer' }),
    ];
    const second = textAt(
      await prepare(send, 'POST', '/api/workspaces', { name: context.unique('audited') }),
      'id',
    );
    for (const { userId } of members)
      await prepare(send, 'POST', `/api/workspaces/${second}/members`, { user_id: userId, role: 'viewer' });
    await prepare(send, 'PATCH', `/api/workspaces/${second}/members/${members[0]?.userId}`, {
      role: 'commenter',
    });
    await context.http.request('gateway', '/api/auth/login', {
      method: 'POST',
      from: context.newAddress(),
      body: { email: user.email, password: 'not the password' },
    });
    const list = (query: string, act: Send = send) => prepare(act, 'GET', `/api/audit/events?${query}`);
    const added = await list('event=member_added&page_size=100');
    const failures = await list('outcome=failure&page_size=100');
    const all = await list('page_size=100');
    const ids = textsAt(all, 'events', 'id');
    const paged: string[] = [];
    for (let page = 1; page <= Math.ceil(ids.length / pageSize); page += 1)
      paged.push(...textsAt(await list(`page=${page}&page_size=${pageSize}`), 'events', 'id'));
    const own = await list('page_size=100', members[0]?.send);
    const changed = await list('event=member_role_changed');
    return {
      wrongEvents: [
        ...textsAt(added, 'events', 'event').filter((event) => event !== 'member_added'),
        ...textsAt(failures, 'events', 'outcome').filter((outcome) => outcome !== 'failure'),
      ],
      added: [textsAt(added, 'events', 'id').length, Number(valueAt(added, 'total'))],
      failures: textsAt(failures, 'events', 'event'),
      pages:
        paged.join() === ids.join()
          ? 'every event once, latest first'
          : `${paged.length} of ${ids.length} events, or in another order`,
      total: Number(valueAt(all, 'total')) === ids.length && ids.length >= 6,
      ofMember: textsAt(own, 'events', 'actor_id').filter((actor) => actor !== members[0]?.userId),
      details: ['from', 'to'].map((name) => textAt(changed, 'events', 0, 'details', name)),
    };
  },
});
