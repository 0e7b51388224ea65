import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { ModelFailure, type ModelRequest } from '../model-upstream.ts';
import { type GeminiServer, startGeminiServer } from '../testing/gemini-server.ts';
import { type GeminiOptions, openGemini } from './gemini-upstream.ts';

let gemini: GeminiServer;
beforeAll(async () => {
  gemini = await startGeminiServer();
});
afterAll(async () => {
  await gemini?.stop();
});

const request: ModelRequest = {
  model: 'gemini-2.5-flash',
  instructions: 'Be brief.',
  turns: [{ role: 'user', text: 'Hi' }],
  tools: [],
  mayCallTools: true,
  maxOutputTokens: 100,
  thinkingBudget: 0,
};

const pauses: number[] = [];
function model(options: Partial<GeminiOptions> = {}) {
  pauses.length = 0;
  return openGemini({
    apiUrl: gemini.url,
    apiKey: 'key',
    timeoutMs: 10_000,
    temperature: 0.1,
    log: createLog({ service: 'test', level: 'silent' }),
    sleep: async (ms) => {
      pauses.push(ms);
    },
    ...options,
  });
}

const signal = new AbortController().signal;
const ways = [
  ['at once', {}],
  ['as a stream', { onText: () => {} }],
] as const;

async function failure(work: Promise<unknown>): Promise<ModelFailure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModelFailure);
  return error as ModelFailure;
}

describe.each(ways)('a response %s', (_way, options) => {
  it.each([
    ['rate-limited', 'rate_limited', false, 'The model accepts no more requests at the moment.'],
    ['overloaded', 'bad_gateway', false, 'The model rejected the request (503 UNAVAILABLE).'],
    ['key-refused', 'not_ready', false, 'the Gemini API rejects the configured GEMINI_API_KEY'],
    ['malformed', 'bad_gateway', true, 'The response of the model'],
    ['wrong-shape', 'bad_gateway', true, 'The response of the model'],
    ['oversized', 'bad_gateway', true, 'The response of the model could not be read.'],
    ['blocked', 'bad_gateway', true, 'PROHIBITED_CONTENT'],
  ] as const)(
    'that is %s is a failure with its reason and a possible charge',
    async (name, code, maybeCharged, sentence) => {
      await gemini.replay(name);
      // In a stream a rejection is the only event. The recording has it as a plain body.
      const plain = name === 'blocked' ? {} : options;
      const error = await failure(model().reply(request, { signal, ...plain }));
      expect(error).toMatchObject({ code, maybeCharged });
      expect(error.message).toContain(sentence);
    },
  );

  it('that takes too long times out', async () => {
    await gemini.replay('slow');
    const error = await failure(model({ timeoutMs: 50 }).reply(request, { signal, ...options }));
    expect(error).toMatchObject({ code: 'gateway_timeout', maybeCharged: true });
  });

  it('is aborted with the signal’s reason', async () => {
    await gemini.replay('slow');
    const leaving = new AbortController();
    const reply = model().reply(request, { signal: leaving.signal, ...options });
    await gemini.asked();
    leaving.abort(new Error('gone'));
    await expect(reply).rejects.toThrow('gone');
  });

  it('is not charged when the model cannot be reached', async () => {
    const error = await failure(
      model({ apiUrl: 'http://127.0.0.1:9' }).reply(request, { signal, ...options }),
    );
    expect(error).toMatchObject({ code: 'bad_gateway', maybeCharged: false });
  });
});

it('retries after a delay when the model is overloaded', async () => {
  await gemini.replay('overloaded-once');
  expect(await model().reply(request, { signal })).toMatchObject({ text: 'Here I am.' });
  expect(pauses).toEqual([200]);
});

it('gives up after the third attempt', async () => {
  await gemini.replay('overloaded');
  await failure(model().reply(request, { signal }));
  expect(gemini.seen).toHaveLength(3);
});

it('forwards the delay of a rate limit', async () => {
  await gemini.replay('rate-limited');
  const error = await failure(model().reply(request, { signal }));
  expect(error.toProblem().headers).toEqual({ 'retry-after': '35' });
  expect(gemini.seen).toHaveLength(1);
});

it('counts the tokens of the whole request', async () => {
  await gemini.replay('text');
  const tools = [
    {
      name: 'list_tables' as const,
      description: 'Lists',
      inputSchema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
    },
  ];
  expect(await model().countTokens({ ...request, tools }, signal)).toBe(1000);
  expect(gemini.seen[0]?.body.generateContentRequest).toEqual({
    model: 'models/gemini-2.5-flash',
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    tools: [
      {
        functionDeclarations: [
          { name: 'list_tables', description: 'Lists', parametersJsonSchema: { type: 'object' } },
        ],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
  });
});

it('sends no request without a key', async () => {
  await gemini.replay('text');
  const keyless = model({ apiKey: undefined });
  expect(keyless.missing).toContain('GEMINI_API_KEY');
  expect(await failure(keyless.reply(request, { signal }))).toMatchObject({ code: 'not_ready' });
  expect(await failure(keyless.countTokens(request, signal))).toMatchObject({ code: 'not_ready' });
  expect(gemini.seen).toEqual([]);
});
