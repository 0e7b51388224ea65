import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { toolNames } from '../../../platform/contracts/mcp-server/contract.ts';
import { createPeople } from '../../api/people-base.ts';
import { summary } from '../../kit/response.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { chatBreaks, historyBreaks, streamBreaks } from './chat-breaks.ts';
import { chatAs, modelCheck } from './model-check.ts';

const listTables = (base_id: string) => ({ calls: [{ name: 'list_tables', args: { base_id } }] });

/** A list of the texts at one field of each entry. */
const textsOf = (json: unknown, list: string, field: string): string[] => {
  const entries = valueAt(json, list);
  return Array.isArray(entries) ? entries.map((entry) => textAt(entry, field)) : [];
};

export const chatIsComplete = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.values-of-chat',
  title: 'A chat uses tools, context and its exact cost',
  failureTitle: 'A chat loses tool results, context or cost',
  why: 'A chat that looks right but has lost a tool result, the earlier messages or a part of the cost is wrong without anybody noticing.',
  remediation: {
    text: 'Compare what the model server got (model-requests.json of the evidence) with chat.ts of llm-orchestrator; costs are in budgets/prices.ts.',
    effort: 'days',
  },
  expects: {
    status: equals(200),
    response: equals('Let me look.\n\nThe base has one table.'),
    toolsUsed: equals(['list_tables']),
    tokens: equals([2400, 100, 200]),
    costs: equals(['0.000180', '0.000030', '0.000015', '0.000225']),
    toolsOffered: equals([...toolNames].sort()),
    baseNamed: equals(true),
    toolResult: equals(['People']),
    context: equals(['user: first', 'model: Let me look.\n\nThe base has one table.', 'user: second']),
  },
  breaks: chatBreaks,
  async run(context) {
    const user = await context.account();
    const chat = chatAs(context, user);
    const base = await createPeople(context, user);
    const [first, second] = [context.unique('first'), context.unique('second')];
    const session_id = context.unique('conversation');
    const response = await chat(
      first,
      {
        inputTokens: 1000,
        replies: [
          { text: 'Let me look.', ...listTables(base.id), usage: { output: 40 } },
          { text: ['The base has ', 'one table.'], usage: { input: 1400, output: 60, thinking: 200 } },
        ],
      },
      { session_id, base_id: base.id, thinking_budget: 500 },
    );
    const { json } = response;
    await chat(second, { replies: [{ text: 'Yes.' }] }, { session_id });
    const asked = context.modelRequests(first).filter(({ method }) => method === 'generateContent');
    const later = context.modelRequests(second).find(({ method }) => method === 'generateContent');
    await context.keep('model-requests.json', JSON.parse(JSON.stringify([...asked, later ?? null])));
    const result = asked[1]?.contents.flatMap(({ parts }) => parts).find((part) => part.functionResponse);
    const cost = (name: string) => textAt(json, 'cost_info', `${name}_cost`);
    const tokens = (name: string) => Number(valueAt(json, 'cost_info', `${name}_tokens`));
    return {
      status: response.status,
      response: textAt(json, 'response'),
      toolsUsed: (valueAt(json, 'tools_used') as string[] | undefined) ?? [],
      tokens: ['input', 'output', 'thinking'].map(tokens),
      costs: ['input', 'output', 'thinking', 'total'].map(cost),
      toolsOffered: [...(asked[0]?.tools ?? [])].sort(),
      baseNamed: asked[0]?.instructions.includes(base.id) ?? false,
      toolResult: [...JSON.stringify(result ?? '').matchAll(/"name":"(People)"/g)].map(
        ([, name]) => name ?? '',
      ),
      context: (later?.contents ?? []).map(({ role, parts }) => {
        const text = parts.map((part) => part.text ?? '').join('');
        const named = text.includes(first) ? 'first' : text.includes(second) ? 'second' : text;
        return `${role}: ${named}`;
      }),
    };
  },
});

export const conversationsAreKept = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.values-of-conversations',
  title: 'Conversations keep their messages and their costs',
  failureTitle: 'Conversations lose messages, or their costs are wrong',
  why: 'Users come back to a conversation, and bills come from these sums. A list that looks plausible hides what is missing.',
  remediation: {
    text: 'The lists come from sessions/sessions.ts, the sums from budgets/ledger.ts of llm-orchestrator.',
    effort: 'days',
  },
  expects: {
    sessions: equals(['second', 'first']),
    pages: equals([['second'], ['first'], 2]),
    titles: equals(['two', 'one']),
    history: equals(['user one', 'tool list_bases', 'assistant I see.', 'user again', 'assistant Still.']),
    ofFirst: equals({ calls: 3, total_tokens: 3060, total_cost: '0.000243' }),
    ofSecond: equals({ calls: 1, total_tokens: 2500, total_cost: '0.000300' }),
    spentToday: equals('0.000543'),
    analytics: equals(['today 4 0.000543', '0.000543']),
    budgets: equals(['first 0.000243', 'user 0.000543']),
    ofAnotherTenant: equals(['0.000000', 0]),
    afterDeletion: equals([204, 404, ['second'], '0.000543']),
  },
  breaks: historyBreaks,
  async run(context) {
    const [user, stranger] = [await context.account(), await context.account()];
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    const ids = { first: context.unique('first'), second: context.unique('second') };
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
    const [first, second] = [ids.first, ids.second];
    const say = async (...message: Parameters<typeof chat>) => {
      const response = await chat(...message);
      if (response.status !== 200) await prepare(async () => response, 'POST', '/api/chat');
      return response;
    };
    const callBases = { calls: [{ name: 'list_bases', args: {} }], usage: { output: 10 } };
    await say(
      'one',
      { inputTokens: 1000, replies: [callBases, { text: 'I see.', usage: { output: 20 } }] },
      { session_id: first },
    );
    await say(
      'again',
      { inputTokens: 1000, replies: [{ text: 'Still.', usage: { output: 30 } }] },
      { session_id: first },
    );
    await say(
      'two',
      { inputTokens: 2000, replies: [{ text: 'Hello.', usage: { output: 500 } }] },
      { session_id: second },
    );
    const read = async (path: string) => (await send('GET', path)).json;
    const sessions = await read('/api/sessions');
    const idsIn = (json: unknown) => textsOf(json, 'sessions', 'id').map((id) => names.get(id) ?? id);
    const [pageOne, pageTwo] = [
      await read('/api/sessions?page=1&page_size=1'),
      await read('/api/sessions?page=2&page_size=1'),
    ];
    const history = valueAt(await read(`/api/sessions/${first}/history`), 'messages');
    const line = (message: unknown) => {
      const [role, content] = [textAt(message, 'role'), textAt(message, 'content')];
      const shown =
        role === 'tool' ? (/list_bases/.exec(content)?.[0] ?? content) : content.split(' Model')[0];
      return `${role} ${shown}`;
    };
    const costOf = async (id: string) => {
      const { calls, total_tokens, total_cost } = (await read(`/api/sessions/${id}/cost-summary`)) as Record<
        string,
        string | number
      >;
      return { calls: calls ?? 0, total_tokens: total_tokens ?? 0, total_cost: total_cost ?? '' };
    };
    const analytics = await read('/api/cost-tracking/analytics?days=1');
    const today = new Date().toISOString().slice(0, 10);
    const days = (
      (valueAt(analytics, 'days') ?? []) as { date: string; calls: number; total_cost: string }[]
    ).map(({ date, calls, total_cost }) => `${date === today ? 'today' : date} ${calls} ${total_cost}`);
    const budgetOf = async (path: string) => textAt(await read(`/api/budgets/${path}`), 'spent');
    const spent = async () => textAt(await read('/api/cost-tracking/status'), 'spent_today');
    const spentToday = await spent();
    const [ofFirst, ofSecond] = [await costOf(first), await costOf(second)];
    const budgets = [
      `first ${await budgetOf(`session/${first}`)}`,
      `user ${await budgetOf(`user/${user.userId}`)}`,
    ];
    const foreign = sendAs(context, stranger);
    const foreignStatus = (await foreign('GET', '/api/cost-tracking/status')).json;
    const foreignSessions = (await foreign('GET', '/api/sessions')).json;
    const deletion = await send('DELETE', `/api/sessions/${first}`);
    const gone = await send('GET', `/api/sessions/${first}/history`);
    return {
      sessions: idsIn(sessions),
      pages: [idsIn(pageOne), idsIn(pageTwo), Number(valueAt(pageOne, 'total'))],
      titles: textsOf(sessions, 'sessions', 'title').map((title) => title.split(' ')[0] ?? ''),
      history: Array.isArray(history) ? history.map(line) : [],
      ofFirst,
      ofSecond,
      spentToday,
      analytics: [...days, textAt(analytics, 'total_cost')],
      budgets,
      ofAnotherTenant: [
        textAt(foreignStatus, 'spent_today'),
        textsOf(foreignSessions, 'sessions', 'id').length,
      ],
      afterDeletion: [deletion.status, gone.status, idsIn(await read('/api/sessions')), await spent()],
    };
  },
});

/** What the events of a streamed response say, in their order. */
function eventsOf(text: string): string[] {
  return text
    .split('\n\n')
    .map((block) => block.replace(/^data: /m, '').trim())
    .filter((data) => data.startsWith('{'))
    .map((data) => {
      const event = JSON.parse(data) as Record<string, unknown>;
      if (event.type === 'text') return `text ${event.text}`;
      if (event.type === 'tool') return `tool ${event.name} ${event.status}`;
      if (event.type === 'done') return `done ${textAt(event, 'answer', 'response')}`;
      return `${event.type} ${event.error}`;
    });
}

export const streamIsWhole = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.streams-the-whole-response',
  title: 'A streamed chat arrives whole, in order, as it is made',
  failureTitle: 'A streamed chat loses or reorders pieces, or hides an error',
  why: 'Pages show the stream. A lost piece changes the meaning, and an error that looks like an end hides that the response is incomplete.',
  remediation: {
    text: 'chat/event-stream.ts writes the events, gemini/read-events.ts reads those of the model.',
    effort: 'days',
  },
  expects: {
    events: equals([
      'text Let me look.',
      'tool list_tables running',
      'tool list_tables completed',
      'text \n\nOne',
      'text  table: ',
      'text People.',
      'done Let me look.\n\nOne table: People.',
    ]),
    failedTool: equals(['tool list_tables running', 'tool list_tables failed', 'text Sorry.', 'done Sorry.']),
    cutOff: equals('bad_gateway'),
    failures: equals({
      429: '429 rate_limited 7',
      500: '502 bad_gateway',
      once: '200 Here.',
      blocked: '502 bad_gateway',
    }),
    notStored: equals(['Let me look.\n\nOne table: People.', 'Sorry.']),
  },
  breaks: streamBreaks,
  async run(context) {
    const user = await context.account();
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    const base = await createPeople(context, user);
    const session_id = context.unique('conversation');
    const stream = async (script: Parameters<typeof chat>[1]) => {
      const response = await chat(context.unique('stream'), script, { session_id, stream: true });
      return response.status === 200 ? eventsOf(response.text) : [summary(response)];
    };
    const events = await stream({
      replies: [{ text: 'Let me look.', ...listTables(base.id) }, { text: ['One', ' table: ', 'People.'] }],
    });
    const failedTool = await stream({
      replies: [listTables('appDoesNotExist00'), { text: 'Sorry.' }],
    });
    const cutOff = await stream({ replies: [{ text: ['The first ', 'half'], broken: 'cutOff' }] });
    const failed = async (script: Parameters<typeof chat>[1]) => {
      const { status, json, headers } = await chat(context.unique('failure'), script);
      const said = status === 200 ? textAt(json, 'response') : textAt(json, 'error');
      return [status, said, ...(headers['retry-after'] ? [headers['retry-after']] : [])].join(' ');
    };
    const failures = {
      429: await failed({ replies: [{ status: 429, retryDelay: '6.2s' }] }),
      500: await failed({ replies: [{ status: 500 }] }),
      once: await failed({ replies: [{ status: 503, times: 1, text: 'Here.' }] }),
      blocked: await failed({ replies: [{ broken: 'shape' }] }),
    };
    const history = valueAt((await send('GET', `/api/sessions/${session_id}/history`)).json, 'messages');
    const stored = (Array.isArray(history) ? history : []).filter(
      (message) => textAt(message, 'role') === 'assistant',
    );
    return {
      events,
      failedTool,
      cutOff: cutOff.at(-1)?.replace(/^error /, '') ?? '',
      failures,
      notStored: stored.map((message) => textAt(message, 'content')),
    };
  },
});
