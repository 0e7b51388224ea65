import { atMost, defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { refusalBreaks } from './budget-breaks.ts';
import { call } from './budget-call.ts';
import { chatAs, modelCheck, repliesAsked } from './model-check.ts';

/** A budget that nobody has set must still be one, US dollars. */
const maxDefault = 1_000;

export const budgetsRefuse = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.budgets-reject-before-spending',
  title: 'A message beyond a budget is rejected before it costs',
  failureTitle: 'Messages beyond a budget are sent to the model, or counted wrongly',
  why: 'The budget is all that stands between a mistake and the bill of the model’s provider.',
  remediation: {
    text: 'budgets/ledger.ts reserves the maximum cost before each call, budgets/metered-model.ts settles the real cost.',
    effort: 'days',
  },
  expects: {
    control: equals('200 0.000525'),
    withoutBudget: equals('429 rate_limited, 0 asked'),
    afterRejection: equals('0.000525'),
    used: equals({ limit: '0.000525', spent: '0.000525', remaining: '0.000000', status: 'exceeded' }),
    usedUp: equals('429 rate_limited, 0 asked'),
    allowedBy: equals([false, true]),
    almostUsed: equals({ limit: '0.000600', spent: '0.000525', remaining: '0.000075', status: 'alert' }),
    warnings: equals(1),
    atOnce: equals([200, 429, 429, 429]),
    outputAllowed: equals([1500]),
    failedCall: equals(['502', '0.001050']),
    unclearCallCounts: equals(true),
    userDefault: atMost(maxDefault, 'US dollars'),
    conversationDefault: atMost(maxDefault, 'US dollars'),
    ofConversation: equals(['429 rate_limited, 0 asked', '200 in another one', '200 without it']),
    raised: equals('200 0.000525'),
  },
  breaks: refusalBreaks,
  async run(context) {
    const user = await context.account();
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    const own = `/api/budgets/user/${user.userId}`;
    const limitTo = (limit: number, path = own) =>
      prepare(send, 'POST', path, { limit, reset: path === own ? 'daily' : 'session' });
    const spent = async () => textAt((await send('GET', '/api/cost-tracking/status')).json, 'spent_today');
    const say = async (options = {}) => {
      const name = context.unique('message');
      const { status, json } = await chat(name, call, options);
      return status === 200
        ? `200 ${textAt(json, 'cost_info', 'total_cost')}`
        : `${status} ${textAt(json, 'error')}, ${repliesAsked(context, name)} asked`;
    };
    const budget = async () => {
      const read = (await send('GET', own)).json;
      return Object.fromEntries(
        ['limit', 'spent', 'remaining', 'status'].map((name) => [name, textAt(read, name)]),
      );
    };
    const estimateAllowed = async () => {
      const { json } = await send('POST', '/api/budgets/estimate-cost', { message: 'short' });
      return valueAt(json, 'allowed') as Json;
    };

    const userDefault = Number((await budget()).limit);
    const control = await say();
    await limitTo(0.000_001);
    const withoutBudget = await say();
    const afterRejection = await spent();
    await limitTo(0.000_525);
    const [used, usedUp, allowedNow] = [await budget(), await say(), await estimateAllowed()];
    await limitTo(0.000_6);
    const almostUsed = await budget();
    // Enough for one more call with its estimate, and not for two.
    await limitTo(0.001_1);
    const slow = { ...call, replies: [{ ...call.replies[0], delayMs: 300 }] };
    const names = Array.from({ length: 4 }, () => context.unique('at-once'));
    const together = await Promise.all(names.map((name) => chat(name, slow)));
    // What the budget covers is all that the model may generate.
    const outputAllowed = names.flatMap((name) =>
      context.modelRequests(name).flatMap(({ maxOutputTokens }) => maxOutputTokens ?? []),
    );
    const warned = together.find(({ status }) => status === 200)?.json;
    await limitTo(1);
    const failure = await chat(context.unique('failure'), { replies: [{ status: 400 }] });
    const failedCall = [String(failure.status), await spent()];
    // The model has answered, and nobody can read what it cost.
    await chat(context.unique('unclear'), { inputTokens: 1000, replies: [{ broken: 'shape' }] });
    const unclearCallCounts = Number(await spent()) > Number(failedCall[1]);

    const session_id = context.unique('conversation');
    const other = context.unique('other');
    await chat(context.unique('first'), call, { session_id });
    const ofSession = await prepare(send, 'GET', `/api/budgets/session/${session_id}`);
    await limitTo(0.000_6, `/api/budgets/session/${session_id}`);
    const limited = await say({ session_id });
    const elsewhere = await say({ session_id: other });
    await send('DELETE', `/api/budgets/session/${session_id}`);
    const without = await say({ session_id });
    return {
      control,
      withoutBudget,
      afterRejection,
      used,
      usedUp,
      allowedBy: [allowedNow, await estimateAllowed()],
      almostUsed,
      warnings: ((valueAt(warned, 'cost_info', 'budget_warnings') as unknown[] | undefined) ?? []).length,
      atOnce: together.map(({ status }) => status).sort(),
      outputAllowed,
      failedCall,
      unclearCallCounts,
      userDefault,
      conversationDefault: Number(textAt(ofSession, 'limit') || Number.NaN),
      ofConversation: [
        limited,
        elsewhere.replace(/ .*/, ' in another one'),
        without.replace(/ .*/, ' without it'),
      ],
      raised: await say(),
    };
  },
});
