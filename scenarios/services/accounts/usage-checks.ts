import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { usageBreaks } from './account-breaks.ts';
import { accountCheck } from './account-check.ts';

export const usageCounts = defineCheck({
  ...accountCheck,
  id: 'services.platform-services.values-of-usage',
  title: 'Usage counts every event by name, day and user',
  failureTitle: 'The usage of a tenant is counted wrongly',
  why: 'Product decisions and bills come from these sums. Nobody can check them from outside.',
  remediation: {
    text: 'GET /analytics/usage of platform-services counts analytics events of the tenant.',
    effort: 'hours',
  },
  expects: {
    accepted: equals([3, 2]),
    total: equals(5),
    users: equals(2),
    byEvent: equals(['base.opened 3', 'record.created 2']),
    byDay: equals(['today 3', 'two days before 2']),
    oneEvent: equals([3, ['base.opened 3']]),
    range: equals([2, ['two days before 2']]),
    stranger: equals([0, 0]),
    future: equals(422),
  },
  breaks: usageBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, stranger)];
    const member = await addMember(context, send, {
      workspaceId: await defaultWorkspace(send),
      role: 'viewer',
    });
    const now = Date.now();
    const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
    const before = now - 2 * 86_400_000;
    const old = { occurred_at: new Date(before).toISOString() };
    const first = await prepare(send, 'POST', '/api/analytics/events', {
      events: [
        { event: 'base.opened' },
        { event: 'base.opened', ...old },
        { event: 'record.created', ...old },
      ],
    });
    const second = await prepare(member.send, 'POST', '/api/analytics/events', {
      events: [{ event: 'base.opened', properties: { n: 1 } }, { event: 'record.created' }],
    });
    const future = await send('POST', '/api/analytics/events', {
      events: [{ event: 'base.opened', occurred_at: new Date(now + 86_400_000).toISOString() }],
    });
    const usage = (query: string, act = send) => prepare(act, 'GET', `/api/analytics/usage?${query}`);
    const all = await usage('');
    const names = new Map([
      [dayOf(now), 'today'],
      [dayOf(before), 'two days before'],
    ]);
    const days = (found: unknown) =>
      listAt(found, 'by_day')
        .map((one) => `${names.get(textAt(one, 'day')) ?? textAt(one, 'day')} ${valueAt(one, 'count')}`)
        .sort();
    const events = (found: unknown) =>
      listAt(found, 'by_event')
        .map((one) => `${textAt(one, 'event')} ${valueAt(one, 'count')}`)
        .sort();
    const total = (found: unknown) => Number(valueAt(found, 'total'));
    const opened = await usage('event=base.opened');
    const range = await usage(`from=${dayOf(before)}&to=${dayOf(before)}`);
    const strange = await usage('', foreign);
    return {
      accepted: [Number(valueAt(first, 'accepted')), Number(valueAt(second, 'accepted'))],
      total: total(all),
      users: Number(valueAt(all, 'active_users')),
      byEvent: events(all),
      byDay: days(all),
      oneEvent: [total(opened), events(opened)],
      range: [total(range), days(range)],
      stranger: [total(strange), Number(valueAt(strange, 'active_users'))],
      future: future.status,
    };
  },
});
