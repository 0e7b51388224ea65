import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { foreignBudgetBreaks } from './budget-breaks.ts';
import { call } from './budget-call.ts';
import { chatAs, modelCheck } from './model-check.ts';

export const budgetsOfOthers = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.budgets-belong-to-their-users',
  title: 'Nobody but administrators sets a budget of others',
  failureTitle: 'A user changes or spends the budget of another one',
  why: 'Somebody who raises budgets spends the money of the tenant; somebody who lowers them stops the work of others.',
  standards: ['API1', 'API4', 'ASVS 8.2.2'],
  remediation: {
    text: 'The budget routes need { tenant: admin, orSelf } and ask platform-services for the tenant of the user.',
    effort: 'hours',
  },
  expects: {
    control: equals(['200 5.000000', '200 4.000000', '200 3.000000']),
    rejected: equals({
      'member sets the owner’s': '403',
      'member reads the owner’s': '403',
      'stranger sets the owner’s': '404',
      'stranger reads the owner’s': '404',
      'stranger sets the budget of the conversation': '404',
      'member sets the budget of the conversation': '404',
      'nobody sets a budget': '401',
    }),
    unchanged: equals(['5.000000', '3.000000']),
    spentApart: equals(['0.000525', '0.000000']),
    limitedApart: equals(['429', '200']),
    tenantsApart: equals(['0.001050', '0.000000']),
  },
  breaks: foreignBudgetBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, stranger)];
    const member = await addMember(context, send, {
      workspaceId: await defaultWorkspace(send),
      role: 'editor',
    });
    const [chat, chatOfMember] = [chatAs(context, owner), chatAs(context, member)];
    const [ofOwner, ofMember] = [owner, member].map(({ userId }) => `/api/budgets/user/${userId}`) as [
      string,
      string,
    ];
    const session_id = context.unique('conversation');
    await chat(context.unique('first'), call, { session_id });
    const ofConversation = `/api/budgets/session/${session_id}`;
    const body = (limit: number) => ({ limit, reset: 'daily' });
    const set = async (act: typeof send, path: string, limit: number) => {
      const response = await act('POST', path, body(limit));
      return response.status === 200 ? `200 ${textAt(response.json, 'limit')}` : summary(response);
    };
    const control = [
      await set(send, ofOwner, 5),
      await set(send, ofMember, 4),
      await set(member.send, ofMember, 3),
    ];
    const status = async (act: typeof send, method: string, path: string) =>
      String((await act(method, path, method === 'POST' ? body(0.000_001) : undefined)).status);
    const nobody = await context.http.request('gateway', ofOwner, { method: 'POST', body: body(9) });
    const rejected = {
      'member sets the owner’s': await status(member.send, 'POST', ofOwner),
      'member reads the owner’s': await status(member.send, 'GET', ofOwner),
      'stranger sets the owner’s': await status(foreign, 'POST', ofOwner),
      'stranger reads the owner’s': await status(foreign, 'GET', ofOwner),
      'stranger sets the budget of the conversation': await status(foreign, 'POST', ofConversation),
      'member sets the budget of the conversation': await status(member.send, 'POST', ofConversation),
      'nobody sets a budget': String(nobody.status),
    };
    const read = async (path: string, field: string) => textAt((await send('GET', path)).json, field);
    const unchanged = [await read(ofOwner, 'limit'), await read(ofMember, 'limit')];
    const spentApart = [await read(ofOwner, 'spent'), await read(ofMember, 'spent')];
    await set(send, ofMember, 0.000_001);
    const limitedApart = [
      String((await chatOfMember(context.unique('limited'), call)).status),
      String((await chat(context.unique('free'), call)).status),
    ];
    const ofTenant = async (act: typeof send) =>
      textAt((await act('GET', '/api/cost-tracking/status')).json, 'spent_today');
    return {
      control,
      rejected,
      unchanged,
      spentApart,
      limitedApart,
      tenantsApart: [await ofTenant(send), await ofTenant(foreign)],
    };
  },
});
