import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { ChatEvent } from '../../../contracts/llm-orchestrator/chat.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import {
  makeBase,
  startTemporaryOrchestrator,
  type TemporaryOrchestrator,
} from '../testing/temporary-orchestrator.ts';

let service: TemporaryOrchestrator;
beforeAll(async () => {
  service = await startTemporaryOrchestrator();
});
afterAll(async () => {
  await service?.stop();
});

const chat = (claims: AccessClaims, body: object) =>
  service.call(claims, 'POST', '/chat', { ...body, stream: true });

/** The events of a streamed answer; heartbeats are not events. */
function eventsOf(text: string): ChatEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => ChatEvent.parse(JSON.parse(block.slice('data: '.length))));
}

describe('a streamed answer', () => {
  it('comes in pieces and ends with the whole', async () => {
    await service.gemini.replay('stream');
    const answer = await chat(testClaims(), { message: 'What is in my base?' });
    expect(answer.headers['content-type']).toContain('text/event-stream');
    expect(answer.headers['x-served-by']).toBe('llm-orchestrator');
    const events = eventsOf(answer.body);
    expect(events.map(({ type }) => type)).toEqual(['text', 'text', 'text', 'done']);
    expect(events.at(-1)).toMatchObject({
      answer: {
        response: 'Your base holds – as you see – one table.',
        cost_info: { total_cost: '0.000135' },
      },
    });
    expect(service.gemini.seen.at(-1)?.method).toBe('streamGenerateContent');
  });

  it('tells which tools are at work', async () => {
    const claims = testClaims();
    await service.gemini.replay('stream-function-call', { base_id: await makeBase(service, claims) });
    const events = eventsOf((await chat(claims, { message: 'Tables?' })).body);
    expect(events.slice(0, -1)).toEqual([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool', name: 'list_tables', status: 'running' },
      { type: 'tool', name: 'list_tables', status: 'completed' },
      { type: 'text', text: '\n\nOne table: Orders.' },
    ]);
    expect(events.at(-1)).toMatchObject({ answer: { response: 'Let me look.\n\nOne table: Orders.' } });
  });

  it('that breaks off ends with an error, and is not kept as an answer', async () => {
    const claims = testClaims();
    await service.gemini.replay('stream-cut-off');
    const events = eventsOf((await chat(claims, { message: 'Hi' })).body);
    expect(events).toEqual([
      { type: 'text', text: 'Your base ' },
      { type: 'error', error: 'bad_gateway', message: 'The answer of the model is not complete.' },
    ]);
    expect((await service.call(claims, 'GET', '/sessions')).json().total).toBe(0);
  });

  it('that never begins is answered with a plain problem', async () => {
    await service.gemini.replay('rate-limited');
    const answer = await chat(testClaims(), { message: 'Hi' });
    expect([answer.statusCode, answer.json().error]).toEqual([429, 'rate_limited']);
  });

  it('that nobody reads any more stops the model, and counts as spent', async () => {
    const claims = testClaims();
    const app = service.appWith({});
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    await service.gemini.replay('slow');
    const sessionId = randomUUID();
    const leaving = new AbortController();
    const request = fetch(`${url}/chat`, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        authorization: `Bearer ${await service.tokenOf(claims)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ message: 'Hi', session_id: sessionId }),
    });
    await service.gemini.asked();
    leaving.abort();
    await expect(request).rejects.toThrow();
    // Closing waits for the request in hand, so the ledger is final afterwards.
    await app.close();
    await expect
      .poll(async () => {
        const { rows } = await service.database.tenantQuery<{ status: string }>(
          { tenantId: claims.tenant_id, userId: claims.user_id },
          'select status from conversations.api_usage_logs where session_id = $1',
          [sessionId],
        );
        return rows;
      })
      .toEqual([{ status: 'unknown' }]);
  });
});
