import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSpanReceiver, type SpanReceiver } from './span-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const exported = (spanId: string) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId,
              spanId,
              name: 'GET /api',
              kind: 2,
              startTimeUnixNano: '1754582400000000000',
              endTimeUnixNano: '1754582400005000000',
              attributes: [{ key: 'http.response.status_code', value: { intValue: '200' } }],
              status: { code: 0 },
            },
          ],
        },
      ],
    },
  ],
});

describe('the span receiver', () => {
  let receiver: SpanReceiver;
  beforeAll(async () => {
    receiver = await openSpanReceiver();
  });
  afterAll(() => receiver?.[Symbol.asyncDispose]());

  const send = (body: string, type = 'application/json') =>
    fetch(`${receiver.endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body });

  it('returns a trace as soon as it is complete', async () => {
    const waiting = receiver.trace(traceId, {
      complete: (spans) => spans.length === 2,
      limitMs: 10_000,
      signal: new AbortController().signal,
    });
    expect((await send(JSON.stringify(exported('b7ad6b7169203331')))).status).toBe(200);
    await send(JSON.stringify(exported('b7ad6b7169203332')));
    const spans = await waiting;
    expect(
      spans.map(({ service, kind, attributes }) => [service, kind, attributes['http.response.status_code']]),
    ).toEqual([
      ['gateway', 'server', 200],
      ['gateway', 'server', 200],
    ]);
  });

  it('returns the received spans when the wait ends', async () => {
    const spans = await receiver.trace('f'.repeat(32), {
      complete: () => false,
      limitMs: 1,
      signal: new AbortController().signal,
    });
    expect(spans).toEqual([]);
  });

  it('rejects invalid exports with a client error', async () => {
    expect((await send('…', 'application/x-protobuf')).status).toBe(415);
    expect((await send('{')).status).toBe(400);
    expect((await send('{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}')).status).toBe(400);
  });
});
