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

/** The events of a streamed response; heartbeats are not events. */
function eventsOf(text: string): ChatEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => ChatEvent.parse(JSON.parse(block.slice('data: '.length))));
}

describe('a streamed response', () => {
  it('arrives in pieces and ends with the whole reply', async () => {
    await service.gemini.replay('stream');
    const response = await chat(testClaims(), { message: 'What is in my base?' });
    expect(response.headers['content-type']).toContain('text/event-stream');
    expect(response.headers['x-served-by']).toBe('llm-orchestrator');
    const events = eventsOf(response.body);
    expect(events.map(({ type }) => type)).toEqual(['text', 'text', 'text', 'done']);
    expect(events.at(-1)).toMatchObject({
      answer: {
        response: 'Your base holds – as you see – one table.',
        cost_info: { total_cost: '0.000135' },
      },
    });
    expect(service.gemini.seen.at(-1)?.method).toBe('streamGenerateContent');
  });

  it('reports running tools', async () => {
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

  it('that fails midway ends with an error and is not stored', async () => {
    const claims = testClaims();
    await service.gemini.replay('stream-cut-off');
    const events = eventsOf((await chat(claims, { message: 'Hi' })).body);
    expect(events).toEqual([
      { type: 'text', text: 'Your base ' },
      { type: 'error', error: 'bad_gateway', message: 'The response of the model is incomplete.' },
    ]);
    expect((await service.call(claims, 'GET', '/sessions')).json().total).toBe(0);
  });

  it('that fails before the first event is a plain problem', async () => {
    await service.gemini.replay('rate-limited');
    const response = await chat(testClaims(), { message: 'Hi' });
    expect([response.statusCode, response.json().error]).toEqual([429, 'rate_limited']);
  });

  it('stops and counts as spent when the client disconnects', async () => {
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
    // Closing waits for the running request, so the ledger is final afterwards.
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
