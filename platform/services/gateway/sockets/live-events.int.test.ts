import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../contracts/live-events/event-types.ts';
import { publishRevocations } from '../../../kit/auth/revocations.ts';
import { createPublishLiveEvent, type PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { createTestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { type SocketClient, signedInSocket } from '../testing/socket-client.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const log = createLog({ service: 'test', level: 'silent' });
const authorities = createTestAuthorities();
let redis: TemporaryRedis;
let gateway: RunningGateway;
let store: RedisStore;
let publish: PublishLiveEvent;
const clients: SocketClient[] = [];

beforeAll(async () => {
  redis = await startTemporaryRedis();
  gateway = await startGateway({
    redisUrl: redis.url,
    services: {},
    authorities,
    socketLimits: { maxBufferedBytes: 256 * 1024 },
  });
  store = openRedis({ url: redis.url, log });
  publish = createPublishLiveEvent({ redis: store, log });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.terminate();
});
afterAll(async () => {
  await store?.close();
  await gateway?.[Symbol.asyncDispose]();
  await redis?.stop();
});

type Claims = Parameters<typeof signedInSocket>[1];

async function signedIn(claims: Claims, query = '') {
  const client = await signedInSocket(gateway, claims, query);
  clients.push(client);
  return client;
}

/** A user with a workspace of their own. */
function newUser() {
  const { user_id, tenant_id } = testClaims();
  return { user_id, tenant_id };
}

function say(userId: string, subject: string, index: number): void {
  publish('chat.delta.v1', { userId, subject, data: { index, text: `piece ${index}` } });
}

function startSaga(workspaceId: string, subject: string = randomUUID()): string {
  const data = { saga_id: subject, saga_type: null, steps: 2 };
  publish('saga.started.v1', { userId: randomUUID(), workspaceId, subject, data });
  return subject;
}

const eventsOf = ({ heard }: SocketClient): LiveEvent[] =>
  heard.flatMap((frame) => ('event' in frame ? [frame.event] : []));
const subjectsOf = (client: SocketClient) => eventsOf(client).map(({ subject }) => subject);
const indexesOf = (client: SocketClient) => eventsOf(client).map(({ data }) => data.index);

/** Waits until the gateway has handled everything that was published before, for this client. */
async function reached(client: SocketClient, userId: string): Promise<void> {
  const subject = randomUUID();
  await client.subscribe(['account'], { subject });
  publish('account.rights_changed.v1', { userId, subject, data: {} });
  await client.nextOf('account');
}

describe('an event', () => {
  it('for one user reaches only this user, on channels with a subscription', async () => {
    const me = newUser();
    const colleague = { user_id: randomUUID(), tenant_id: me.tenant_id };
    const [mine, other] = [await signedIn(me), await signedIn(colleague)];
    await mine.subscribe(['chat_stream']);
    await other.subscribe(['chat_stream', 'tool_progress']);
    publish('tool.started.v1', { userId: me.user_id, subject: 'c', data: { call: 0, name: 'list_tables' } });
    say(me.user_id, 'c', 0);
    const { event } = await mine.nextOf('chat_stream');
    expect(event).toEqual({
      id: expect.stringMatching(/^\d+-\d+$/),
      type: 'chat.delta.v1',
      at: expect.stringMatching(/^\d{4}-/),
      workspace_id: null,
      subject: 'c',
      data: { index: 0, text: 'piece 0' },
    });
    await reached(other, colleague.user_id);
    await reached(mine, me.user_id);
    expect(eventsOf(mine).map(({ type }) => type)).toEqual(['chat.delta.v1', 'account.rights_changed.v1']);
    expect(eventsOf(other).map(({ type }) => type)).toEqual(['account.rights_changed.v1']);
  });

  it('of a workspace reaches its members and nobody else', async () => {
    const owner = newUser();
    const member = newUser();
    const stranger = { user_id: randomUUID(), tenant_id: owner.tenant_id };
    authorities.set(member, { workspaces: [{ id: owner.tenant_id, role: 'viewer' }] });
    authorities.set(stranger, { workspaces: [] });
    const all = [
      await signedIn(owner),
      await signedIn(member),
      await signedIn(stranger),
      await signedIn(newUser()),
    ];
    for (const client of all) await client.subscribe(['saga']);
    const saga = startSaga(owner.tenant_id);
    for (const client of all.slice(0, 2)) {
      const { event } = await client.nextOf('saga');
      expect(event).toMatchObject({ subject: saga, workspace_id: owner.tenant_id });
    }
    await reached(all[2] as SocketClient, stranger.user_id);
    expect(subjectsOf(all[2] as SocketClient)).not.toContain(saga);
    expect(subjectsOf(all[3] as SocketClient)).toEqual([]);
  });

  it('can be narrowed to one saga, or to the conversation in the URL', async () => {
    const me = newUser();
    const client = await signedIn(me, '?session_id=this');
    await client.subscribe(['chat_stream']);
    await client.subscribe(['saga'], { subject: 'wanted' });
    for (const subject of ['other', 'wanted']) startSaga(me.tenant_id, subject);
    for (const subject of ['that', 'this']) say(me.user_id, subject, 1);
    await client.nextOf('chat_stream');
    expect(subjectsOf(client)).toEqual(['wanted', 'this']);
    client.send({ type: 'unsubscribe', channel: 'saga', subject: 'wanted' });
    await client.nextOf('unsubscribed');
    startSaga(me.tenant_id, 'wanted');
    await reached(client, me.user_id);
    expect(subjectsOf(client).slice(0, -1)).toEqual(['wanted', 'this']);
  });

  it('reaches a token with scopes only where they cover it', async () => {
    const me = newUser();
    const client = await signedIn({ ...me, scope: 'files:read data.records:read' });
    client.send({ type: 'subscribe', channels: ['chat_stream', 'saga', 'notification', 'file'] });
    expect(await client.next()).toMatchObject({
      error: 'forbidden',
      message: 'chat_stream needs the scope assistant:use.',
    });
    expect(await client.next()).toMatchObject({
      error: 'forbidden',
      message: 'saga needs the scope sagas:read.',
    });
    expect(await client.next()).toMatchObject({
      error: 'forbidden',
      message: 'Personal access tokens cannot subscribe to notification.',
    });
    expect(await client.next()).toEqual({ type: 'subscribed', channel: 'file' });
    say(me.user_id, 'c', 0);
    startSaga(me.tenant_id);
    const data = { file_id: randomUUID(), filename: 'a.csv', size: 3 };
    publish('file.uploaded.v1', {
      userId: me.user_id,
      workspaceId: me.tenant_id,
      subject: data.file_id,
      data,
    });
    await client.nextOf('file');
    expect(subjectsOf(client)).toEqual([data.file_id]);
  });
});

describe('somebody who', () => {
  it('loses a workspace gets no further event of it, and those of a new one from then on', async () => {
    const me = newUser();
    const [first, second] = [randomUUID(), randomUUID()];
    authorities.set(me, { workspaces: [{ id: first, role: 'editor' }] });
    const client = await signedIn(me);
    await client.subscribe(['saga']);
    const before = startSaga(first);
    await client.nextOf('saga');
    authorities.set(me, { workspaces: [{ id: second, role: 'editor' }] });
    startSaga(first);
    await expect
      .poll(() => {
        startSaga(second, 'of the new one');
        return subjectsOf(client).includes('of the new one');
      })
      .toBe(true);
    expect(new Set(subjectsOf(client))).toEqual(new Set([before, 'of the new one']));
  });

  it('is deactivated is disconnected', async () => {
    const me = newUser();
    const client = await signedIn(me);
    authorities.set(me, { is_active: false });
    expect(await client.closed()).toEqual({ code: 1008, reason: 'the session has ended' });
  });

  it('signs out is disconnected, and other sessions are not', async () => {
    const me = newUser();
    const session_id = randomUUID();
    const [ended, other] = [await signedIn({ ...me, session_id }), await signedIn(me)];
    await publishRevocations(store, [session_id], Math.ceil(Date.now() / 1000) + 900);
    expect(await ended.closed()).toEqual({ code: 1008, reason: 'the session has ended' });
    await other.settled();
  });
});

describe('after a new connection', () => {
  it('missed events follow in their order, each once, before the new ones', async () => {
    const me = newUser();
    const first = await signedIn(me);
    await first.subscribe(['chat_stream', 'saga']);
    say(me.user_id, 'c', 0);
    const { event } = await first.nextOf('chat_stream');
    first.socket.terminate();
    await first.closed();
    for (let index = 1; index <= 20; index += 1) {
      say(me.user_id, 'c', index);
      if (index === 10) startSaga(me.tenant_id, 'in between');
    }
    const second = await signedIn(me);
    await second.subscribe(['chat_stream', 'saga'], { last_event_id: event.id });
    for (let index = 21; index <= 30; index += 1) say(me.user_id, 'c', index);
    await reached(second, me.user_id);
    const expected = Array.from({ length: 30 }, (_, index) => index + 1);
    expect(indexesOf(second).slice(0, -1)).toEqual([
      ...expected.slice(0, 10),
      undefined,
      ...expected.slice(10),
    ]);
    expect(subjectsOf(second)[10]).toBe('in between');
    expect(second.heard.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('nothing of a workspace that was lost meanwhile is replayed', async () => {
    const me = newUser();
    const { welcome } = await signedIn(me);
    startSaga(me.tenant_id);
    authorities.set(me, { workspaces: [] });
    const second = await signedIn(me);
    await second.subscribe(['saga'], { last_event_id: welcome.last_event_id });
    await reached(second, me.user_id);
    expect(eventsOf(second).map(({ type }) => type)).toEqual(['account.rights_changed.v1']);
  });

  it('a gap is reported when more was missed than is kept', async () => {
    const me = newUser();
    const first = await signedIn(me);
    const { welcome } = first;
    for (let index = 0; index < 1_001; index += 1) say(me.user_id, 'c', index);
    await reached(first, me.user_id);
    const second = await signedIn(me);
    await second.subscribe(['chat_stream'], { last_event_id: welcome.last_event_id });
    await reached(second, me.user_id);
    expect(second.heard.filter(({ type }) => type === 'gap')).toEqual([
      { type: 'gap', since: welcome.last_event_id, message: expect.stringContaining('Read the state') },
    ]);
    // The last of the thousand that are kept is the one that was waited for.
    expect(indexesOf(second).slice(0, -1)).toEqual(Array.from({ length: 999 }, (_, index) => index + 2));
  });

  it.each([
    ['is older than everything that is kept', '1000-0'],
    ['is in the future', '99999999999999-0'],
  ])('a gap is reported when the position %s', async (_what, last_event_id) => {
    const client = await signedIn(newUser());
    await client.subscribe(['saga'], { last_event_id });
    expect(await client.nextOf('gap')).toMatchObject({ since: last_event_id });
  });
});

describe('when Redis', () => {
  const admin = () => new Redis(redis.url.replace('unix://', ''));

  it('drops the connection, nothing that is published meanwhile is lost', async () => {
    const me = newUser();
    const client = await signedIn(me);
    await client.subscribe(['chat_stream']);
    say(me.user_id, 'c', 0);
    await client.nextOf('chat_stream');
    const connection = admin();
    await connection.multi().call('CLIENT', 'KILL', 'TYPE', 'pubsub').exec();
    for (let index = 1; index <= 50; index += 1) say(me.user_id, 'c', index);
    await expect.poll(() => indexesOf(client).at(-1), { timeout: 5_000 }).toBe(50);
    expect(indexesOf(client)).toEqual(Array.from({ length: 51 }, (_, index) => index));
    expect(client.heard.filter(({ type }) => type === 'gap')).toEqual([]);
    connection.disconnect();
  });

  it('is away, a lost event and lost data become a gap', { timeout: 20_000 }, async () => {
    const me = newUser();
    const client = await signedIn(me);
    await client.subscribe(['chat_stream']);
    await redis.kill();
    say(me.user_id, 'c', 0);
    await redis.start();
    expect(await client.nextOf('gap')).toMatchObject({ type: 'gap' });
    await expect
      .poll(() => {
        say(me.user_id, 'c', 1);
        return indexesOf(client);
      })
      .toContain(1);
  });
});

it('a client that does not read is disconnected, and the counts show it', async () => {
  const me = newUser();
  const session_id = randomUUID();
  const slow = await signedIn({ ...me, session_id });
  const quick = await signedIn(me);
  for (const client of [slow, quick]) await client.subscribe(['chat_stream']);
  slow.socket.pause();
  const text = 'x'.repeat(30_000);
  const stats = async () =>
    (
      await gateway.send('/api/websocket/stats', {
        headers: { authorization: `Bearer ${await gateway.token(me)}` },
      })
    ).json();
  let index = 0;
  await expect
    .poll(
      async () => {
        for (let count = 0; count < 10; count += 1) {
          publish('chat.delta.v1', { userId: me.user_id, subject: 'c', data: { index, text } });
          index += 1;
        }
        return (await stats()).slow_closes;
      },
      { interval: 1, timeout: 30_000 },
    )
    .toBe(1);
  expect(await stats()).toMatchObject({ of: 'user', users: 1 });
  await expect.poll(() => indexesOf(quick).length, { timeout: 10_000 }).toBe(index);
  const last = eventsOf(slow).at(-1)?.id;
  slow.socket.resume();
  expect(await slow.closed()).toEqual({
    code: 1013,
    reason: 'too slow: connect again with last_event_id',
  });
  // What it has read so far ends without a hole, and the rest follows after a new connection.
  const again = await signedIn(me);
  await again.subscribe(['chat_stream'], { last_event_id: eventsOf(slow).at(-1)?.id ?? last });
  await expect.poll(() => indexesOf(again).at(-1), { timeout: 10_000 }).toBe(index - 1);
  expect([...indexesOf(slow), ...indexesOf(again)]).toEqual(Array.from({ length: index }, (_, one) => one));
});
