import { atLeast, atMost, defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { summary } from '../../kit/response.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { foreignBudgetBreaks, periodBreaks, refusalBreaks } from './budget-breaks.ts';
import { chatAs, modelCheck, repliesAsked } from './model-check.ts';

/** A call that costs $0.000525: 1,000 tokens of input and 1,500 of output, at the published prices. */
const call = { inputTokens: 1000, replies: [{ text: 'Done.', usage: { output: 1500 } }] };

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
    const together = await Promise.all(
      Array.from({ length: 4 }, () => chat(context.unique('at-once'), slow)),
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

export const estimateIsNear = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.estimate-is-near-the-cost',
  title: 'The estimated cost is near the cost of the reply',
  failureTitle: 'The estimated cost is far from the cost of the reply',
  why: 'People decide by the estimate whether to send a message. One that is ten times too high or too low decides for them.',
  remediation: {
    text: 'See budgets/estimate.ts and budgets/prices.ts of llm-orchestrator.',
    effort: 'hours',
  },
  expects: {
    status: equals(200),
    tokensRatio: atLeast(0.5, 'times'),
    tokensRatioMaximum: atMost(2, 'times'),
    costRatio: atLeast(0.6, 'times'),
    costRatioMaximum: atMost(1.6, 'times'),
    longRatio: atLeast(0.6, 'times'),
    longRatioMaximum: atMost(1.6, 'times'),
  },
  breaks: [
    {
      defect: 'The estimate is ten times the cost.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/llm-orchestrator/budgets/estimate.ts',
          find: 'export const estimatedOutput = 1500;',
          replace: 'export const estimatedOutput = 15_000;',
        },
      ],
      violates: ['costRatioMaximum'],
    },
  ],
  async run(context) {
    const user = await context.account();
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    // 400 words of four letters and a space: about 500 tokens.
    const long = (words: number) => 'word '.repeat(words).trim();
    const compare = async (words: number) => {
      const estimate = await send('POST', '/api/budgets/estimate-cost', { message: long(words) });
      // What the contract says an estimate covers: 1,500 tokens of output and a tenth of that for thinking.
      const inputTokens = Math.round(words * 1.25);
      const usage = { input: inputTokens, output: 1500, thinking: 150 };
      const reply = await chat(context.unique('estimated'), {
        inputTokens,
        replies: [{ text: 'Yes.', usage }],
      });
      const real = Number(textAt(reply.json, 'cost_info', 'total_cost'));
      return {
        status: estimate.status,
        tokens: Number(valueAt(estimate.json, 'input_tokens')) / inputTokens,
        cost: Number(textAt(estimate.json, 'total_cost')) / real,
      };
    };
    const [short, longer] = [await compare(400), await compare(15_000)];
    return {
      status: short.status,
      tokensRatio: short.tokens,
      tokensRatioMaximum: short.tokens,
      costRatio: short.cost,
      costRatioMaximum: short.cost,
      longRatio: longer.cost,
      longRatioMaximum: longer.cost,
    };
  },
});

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

export const periodsEnd = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.budget-periods-end',
  title: 'Each budget counts the spending of its own period',
  failureTitle: 'A budget counts spending of another period',
  why: 'A daily budget that never starts again stops its user for ever. One that starts too often is no limit.',
  requires: ['model-server', 'postgres-admin'],
  remediation: {
    text: 'See the query in budgets/budgets.ts: days begin at midnight UTC, weeks on Monday.',
    effort: 'hours',
  },
  expects: { asComputed: equals([]), total: equals('1.111111'), days: equals([]) },
  breaks: periodBreaks,
  async run(context) {
    const user = await context.account();
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    const session_id = context.unique('conversation');
    await chat(context.unique('first'), call, { session_id });
    const now = new Date();
    const startOf = {
      daily: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()),
      weekly: Date.UTC(
        now.getUTCFullYear(),
        now.getUTCMonth(),
        now.getUTCDate() - ((now.getUTCDay() + 6) % 7),
      ),
      monthly: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1),
    };
    // A power of ten each, so that a sum shows which ones it counts. The call of the check becomes the first one.
    const rows: [at: number, micros: number][] = [
      [startOf.daily, 1],
      [startOf.daily - 1000, 10],
      [startOf.weekly, 100],
      [startOf.weekly - 1000, 1_000],
      [startOf.monthly, 10_000],
      [startOf.monthly - 1000, 100_000],
      [startOf.monthly - 40 * 86_400_000, 1_000_000],
    ];
    const pool = context.databaseAdmin();
    const columns =
      'tenant_id, user_id, session_id, model, status, input_tokens, output_tokens, thinking_tokens';
    for (const [at, micros] of rows)
      await pool.query(
        `insert into conversations.api_usage_logs (${columns}, cost, created_at)
         select ${columns}, $2::numeric / 1000000, $3 from conversations.api_usage_logs
         where user_id = $1 order by created_at desc limit 1`,
        [user.userId, micros, new Date(at)],
      );
    await pool.query('delete from conversations.api_usage_logs where user_id = $1 and cost = 0.000525', [
      user.userId,
    ]);
    const dollars = (micros: number) => (micros / 1_000_000).toFixed(6);
    const since = (start: number) =>
      dollars(rows.reduce((sum, [at, micros]) => (at >= start ? sum + micros : sum), 0));
    const own = `/api/budgets/user/${user.userId}`;
    const asComputed: string[] = [];
    for (const [reset, start] of Object.entries(startOf)) {
      const set = await prepare(send, 'POST', own, { limit: 100, reset });
      if (textAt(set, 'spent') !== since(start))
        asComputed.push(`${reset}: ${textAt(set, 'spent')} instead of ${since(start)}`);
    }
    const whole = await prepare(send, 'POST', `/api/budgets/session/${session_id}`, {
      limit: 100,
      reset: 'session',
    });
    const analytics = await prepare(send, 'GET', '/api/cost-tracking/analytics?days=365');
    const expectedDays = new Map<string, number>();
    for (const [at, micros] of rows) {
      const day = new Date(at).toISOString().slice(0, 10);
      expectedDays.set(day, (expectedDays.get(day) ?? 0) + micros);
    }
    const shown = ((valueAt(analytics, 'days') ?? []) as { date: string; total_cost: string }[]).map(
      ({ date, total_cost }) => `${date} ${total_cost}`,
    );
    const wanted = [...expectedDays].map(([day, micros]) => `${day} ${dollars(micros)}`).sort();
    return {
      asComputed,
      total: textAt(whole, 'spent'),
      days: JSON.stringify(shown) === JSON.stringify(wanted) ? [] : [`${shown} instead of ${wanted}`],
    };
  },
});
