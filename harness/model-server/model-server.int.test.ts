import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ModelScript, scriptedMessage } from './model-script.ts';
import { type ModelServer, openModelServer } from './model-server.ts';

let server: ModelServer;
beforeEach(async () => {
  server = await openModelServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const user = (text: string) => ({ role: 'user', parts: [{ text }] });

function ask(method: string, contents: readonly object[], key = server.key): Promise<Response> {
  const body = method === 'countTokens' ? { generateContentRequest: { contents } } : { contents };
  const query = method === 'streamGenerateContent' ? '?alt=sse' : '';
  return fetch(`${server.url}/v1beta/models/gemini-2.5-flash:${method}${query}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const say = (script: ModelScript, method = 'generateContent') =>
  ask(method, [user(scriptedMessage('x', script))]);

describe('the model server', () => {
  it('replies to a message without a script, and counts its tokens', async () => {
    const reply = await (await ask('generateContent', [user('Hello')])).json();
    expect(reply).toMatchObject({
      candidates: [
        { content: { parts: [{ text: 'You wrote: ' }, { text: 'Hello' }] }, finishReason: 'STOP' },
      ],
    });
    const { totalTokens } = (await (await ask('countTokens', [user('Hello')])).json()) as {
      totalTokens: number;
    };
    expect(reply).toMatchObject({ usageMetadata: { promptTokenCount: totalTokens } });
  });

  it('goes on with its script after the results of tools', async () => {
    const call = { calls: [{ name: 'list_bases', args: {} }] };
    const message = user(scriptedMessage('x', { inputTokens: 7, replies: [call, { text: 'One.' }] }));
    const first = await (await ask('generateContent', [message])).json();
    expect(first).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { name: 'list_bases' } }] } }],
      usageMetadata: { promptTokenCount: 7 },
    });
    const results = { role: 'user', parts: [{ functionResponse: { name: 'list_bases', response: {} } }] };
    const replied = { role: 'model', parts: [{ functionCall: { name: 'list_bases' } }] };
    const second = await (await ask('generateContent', [message, replied, results])).json();
    expect(second).toMatchObject({ candidates: [{ content: { parts: [{ text: 'One.' }] } }] });
  });

  it('streams one event for each piece of the text', async () => {
    const text = await (await say({ replies: [{ text: ['a', 'b'] }] }, 'streamGenerateContent')).text();
    expect(text.split('\r\n\r\n').filter(Boolean)).toHaveLength(2);
  });

  it('fails as often as the script says', async () => {
    const script = { replies: [{ status: 503, times: 2, text: 'Here.' }] };
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await say(script)).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  it.each([
    ['a rate limit', { status: 429, retryDelay: '34s' }, 429],
    ['an error of the server', { status: 500 }, 500],
    ['a body of another shape', { broken: 'shape' }, 200],
  ] as const)('can respond with %s', async (_name, reply, status) => {
    const response = await say({ replies: [reply] });
    expect(response.status).toBe(status);
    const body = await response.text();
    if (status === 429) expect(body).toContain('"retryDelay":"34s"');
    if (status === 200) expect(body).toBe('{"candidates":"none"}');
  });

  it('can respond with a body that is no JSON', async () => {
    await expect((await say({ replies: [{ broken: 'json', text: 'a' }] })).json()).rejects.toThrow(
      SyntaxError,
    );
  });

  it('can end a stream in the middle', async () => {
    const response = await say(
      { replies: [{ broken: 'cutOff', text: ['a', 'b'] }] },
      'streamGenerateContent',
    );
    const text = await response.text().catch(() => 'ended');
    expect(text === 'ended' || !text.endsWith('\r\n\r\n')).toBe(true);
  });

  it.each([
    ['a page', { broken: 'page' }, /^<html>/],
    ['an error with status 200', { broken: 'errorBody' }, /^\{"error":/],
    [
      'members named __proto__',
      { broken: 'prototype', text: 'a' },
      /^\{"__proto__":.+"content":\{"__proto__"/,
    ],
  ] as const)('can respond with %s', async (_name, reply, body) => {
    const response = await say({ replies: [reply] });
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(body);
  });

  it('can respond without an end', async () => {
    const reader = (await say({ replies: [{ broken: 'endless' }] })).body?.getReader();
    let received = 0;
    while (received < 10_000_000) received += (await reader?.read())?.value?.length ?? Infinity;
    expect(received).toBeLessThan(Infinity);
    await reader?.cancel();
  });

  it('rejects another key, unknown methods and scripts that it cannot read', async () => {
    const other = await ask('generateContent', [user('Hello')], 'another key');
    expect([other.status, await other.text()]).toEqual([400, expect.stringContaining('API_KEY_INVALID')]);
    expect((await ask('embedContent', [user('Hello')])).status).toBe(404);
    expect((await ask('generateContent', [user('x Model script: {"replies":[]}')])).status).toBe(400);
  });

  it('keeps what was sent to it, by the message', async () => {
    await ask('countTokens', [user('first message')]);
    await ask('generateContent', [user('first message')]);
    await ask('generateContent', [user('second message')]);
    expect(server.requests('first message').map(({ method }) => method)).toEqual([
      'countTokens',
      'generateContent',
    ]);
    expect(server.requests('nothing')).toEqual([]);
  });
});
