import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { LiveEvent } from '../../../contracts/live-events/event-types.ts';
import { userStream } from '../../../kit/events/live-event-streams.ts';
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

const chat = (claims: AccessClaims, body: object) => service.call(claims, 'POST', '/chat', body);

/** The events of a user, as the gateway reads them, once the last one is of the given type. */
async function eventsOf({ user_id }: AccessClaims, last: string): Promise<LiveEvent[]> {
  const read = async () =>
    (await service.redis.client.xrange(userStream(user_id), '-', '+')).map(([id, [, event = '']]) =>
      LiveEvent.parse({ id, ...JSON.parse(event) }),
    );
  await expect.poll(async () => (await read()).at(-1)?.type).toBe(last);
  return read();
}

it.each([
  ['a streamed response', 'stream-function-call', true],
  ['a whole response', 'function-call', false],
])('the user hears the text, the tools and the cost of %s in order', async (_what, recording, stream) => {
  const claims = testClaims();
  await service.gemini.replay(recording, { base_id: await makeBase(service, claims) });
  const session_id = `conversation-${recording}`;
  const response = await chat(claims, { message: 'Tables?', session_id, stream });
  expect(response.statusCode).toBe(200);
  const events = await eventsOf(claims, 'chat.completed.v1');
  const withoutText = events.filter(({ type }) => type !== 'chat.delta.v1');
  expect(withoutText.map(({ type }) => type)).toEqual([
    'cost.updated.v1',
    'tool.started.v1',
    'tool.finished.v1',
    'cost.updated.v1',
    'chat.completed.v1',
  ]);
  expect(withoutText[2]?.data).toMatchObject({ call: 0, name: 'list_tables', success: true });
  expect(new Set(events.map(({ subject }) => subject))).toEqual(new Set([session_id]));
  const pieces = events.filter(({ type }) => type === 'chat.delta.v1').map(({ data }) => data);
  expect(pieces.map(({ index }) => index)).toEqual(pieces.map((_, index) => index));
  expect(events.at(-1)?.data).toEqual({
    pieces: pieces.length,
    tools_used: ['list_tables'],
    cut_short: false,
  });
  const { messages } = (await service.call(claims, 'GET', `/sessions/${session_id}/history`)).json();
  expect(pieces.map(({ text }) => text).join('')).toBe(messages.at(-1).content);
});

it('the user hears why a response failed', async () => {
  const claims = testClaims();
  await service.gemini.replay('stream-cut-off');
  await chat(claims, { message: 'Hi', stream: true });
  const events = await eventsOf(claims, 'chat.failed.v1');
  expect(events.at(-1)?.data).toEqual({
    error: 'bad_gateway',
    message: 'The response of the model is incomplete.',
  });
});
