import {
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
  type ModelScript,
  type ScriptedReply,
  scriptedMessage,
} from '../../../harness/engine/index.ts';
import { textAt } from '../../kit/shape.ts';
import { modelCheck, repliesAsked } from '../../services/model/model-check.ts';
import { modelFailureBreaks } from './model-failure-breaks.ts';
import { leaksOf, type SeenFailure, seeFailure } from './seen-failure.ts';

/** Time limit of the service for a reply of the model, with its retries, in this check, milliseconds. */
const timeoutMs = 8_000;
/** Maximum time for a response to the user, milliseconds: retries after 200 and 1,000 ms, and a busy machine. */
const responseLimitMs = 20_000;
/** Maximum number of calls per message: one and two retries. Each may cost money. */
const maxCalls = 3;

const replies = {
  limited: { status: 429, retryDelay: '6.2s' },
  failing: { status: 500 },
  failingOnce: { status: 503, times: 1, text: 'Here.' },
  silent: { broken: 'silent' },
  stalled: { text: 'Half of it.', broken: 'stalled' },
  malformed: { text: 'Half of it.', broken: 'json' },
  cutOff: { text: 'Half of it.', broken: 'cutOff' },
  endless: { broken: 'endless' },
  page: { broken: 'page' },
  errorBody: { broken: 'errorBody' },
  otherForm: { broken: 'shape' },
  prototype: { text: 'Here.', broken: 'prototype' },
} as const satisfies Readonly<Record<string, ScriptedReply>>;
type Failure = keyof typeof replies;

/** Failures after which the same message must not be sent to the model again: the call may have been charged. */
const charged: readonly Failure[] = [
  'silent',
  'stalled',
  'malformed',
  'cutOff',
  'endless',
  'page',
  'errorBody',
  'otherForm',
];

export const modelFailuresAreContained = defineCheck({
  ...modelCheck,
  timeoutMs: 90_000,
  id: 'infrastructure.upstream.model-failures-are-contained',
  title: 'Failures of the model become documented errors in time',
  failureTitle: 'A failure of the model hangs, is hidden or leaks internals',
  category: 'infrastructure',
  why: 'Models are slow, limited and sometimes broken. A chat must end in time with an error that says what to do, cost nothing twice, and work again as soon as the model does.',
  requires: ['model-server', 'process-control'],
  standards: ['ASVS 13.2.6', 'API10'],
  remediation: {
    text: 'Every call goes through platform/services/llm-orchestrator/gemini/gemini-http.ts: GEMINI_TIMEOUT_MS, maximum size, two retries after a server error, Retry-After. evidence/seen.json has what users saw.',
    effort: 'days',
  },
  expects: {
    seen: equals({
      limited: '429 rate_limited',
      failing: '502 bad_gateway',
      failingOnce: '200',
      silent: '504 gateway_timeout',
      stalled: '504 gateway_timeout',
      malformed: '502 bad_gateway',
      cutOff: '502 bad_gateway',
      endless: '502 bad_gateway',
      page: '502 bad_gateway',
      errorBody: '502 bad_gateway',
      otherForm: '502 bad_gateway',
      prototype: '200',
    }),
    slowest: atMost(responseLimitMs, 'ms'),
    retryAfter: equals(7),
    repeated: empty(),
    leaked: empty(),
    polluted: equals(false),
    healed: equals('200 Back.'),
  },
  breaks: modelFailureBreaks,
  async run(context) {
    const user = await context.account();
    await using orchestrator = await context
      .processes()
      .startAnother('llm-orchestrator', { set: { GEMINI_TIMEOUT_MS: String(timeoutMs) } }, context.signal);
    const chat = (name: string, script: ModelScript) => {
      const text = context.unique(name);
      return seeFailure(() =>
        context.http.request('llm-orchestrator', '/chat', {
          at: orchestrator.url,
          method: 'POST',
          token: user.accessToken,
          from: user.address,
          body: { message: scriptedMessage(text, script) },
          timeoutMs: responseLimitMs + 2_000,
        }),
      ).then((seen) => ({ ...seen, calls: repliesAsked(context, text) }));
    };
    // The first message of a process takes longer than the others.
    await chat('first', { replies: [{ text: 'Here.' }] });
    const seen = new Map<string, SeenFailure & { calls: number }>();
    await Promise.all(
      Object.entries(replies).map(async ([failure, reply]) =>
        seen.set(failure, await chat(failure, { replies: [reply as ScriptedReply] })),
      ),
    );
    const healed = await chat('healed', { replies: [{ text: 'Back.' }] });
    await keepSeen(context, seen);
    const callsOf = (failure: Failure) => seen.get(failure)?.calls ?? 0;
    return {
      seen: Object.fromEntries([...seen].map(([failure, { outcome }]) => [failure, outcome])),
      slowest: Math.max(...[...seen.values()].map(({ tookMs }) => tookMs)),
      retryAfter: seen.get('limited')?.retryAfterS ?? 0,
      repeated: [
        ...charged
          .filter((failure) => callsOf(failure) !== 1)
          .map((failure) => `${failure}: ${callsOf(failure)} calls`),
        ...[...seen]
          .filter(([, { calls }]) => calls > maxCalls)
          .map(([name, { calls }]) => `${name}: ${calls} calls`),
      ],
      leaked: [...seen].flatMap(([failure, one]) => leaksOf(failure, one, ['AIza', 'As the script says'])),
      polluted: [...seen.values(), healed].some(({ json }) => 'polluted' in Object(json)),
      healed: `${healed.outcome} ${textAt(healed.json, 'response')}`,
    };
  },
});

async function keepSeen(
  { keep }: Pick<CheckContext, 'keep'>,
  seen: ReadonlyMap<string, SeenFailure & { calls: number }>,
): Promise<void> {
  await keep(
    'seen.json',
    [...seen].map(([failure, { outcome, retryAfterS, tookMs, calls, text }]) => ({
      failure,
      outcome,
      retryAfterS,
      tookMs,
      callsOfTheModel: calls,
      body: text.slice(0, 300),
    })),
  );
}
