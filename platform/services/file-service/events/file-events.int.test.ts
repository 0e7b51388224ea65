import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { automationServices } from '../../../contracts/automation-services/contract.ts';
import { maxEventContent } from '../../../contracts/automation-services/service-calls.ts';
import { envelope, problem } from '../../../kit/http/problem.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { startTemporaryFileService, type TemporaryFileService } from '../testing/temporary-file-service.ts';
import { createFileEvents } from './file-events.ts';

type Reaction = 'accept' | 'unavailable' | 'lost' | 'rate_limited' | 'validation_failed';

let service: TemporaryFileService;
let admin: pg.Pool;
let peer: Server;
let delivered: { type: string; file_id: string; content?: string; key: string | undefined }[];
/** Reactions of the peer to the next requests, in order; then `accept`. */
let reactions: Reaction[];

beforeAll(async () => {
  service = await startTemporaryFileService();
  admin = new pg.Pool({ connectionString: service.stores.adminUrl });
  peer = createServer(async (request, response) => {
    const body = (await json(request)) as { type: string; file_id: string };
    delivered.push({ ...body, key: request.headers['x-internal-key'] as string | undefined });
    const reaction = reactions.shift() ?? 'accept';
    response.setHeader('content-type', 'application/json');
    if (reaction === 'lost') request.socket.destroy();
    else if (reaction === 'accept') response.writeHead(202).end('{"executions":[]}');
    else {
      const error = problem(reaction === 'unavailable' ? 'not_ready' : reaction);
      response.writeHead(error.status).end(JSON.stringify(envelope(error, 'request-1')));
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => peer.once('listening', resolve));
});
afterAll(async () => {
  peer?.close();
  await admin?.end();
  await service?.stop();
});
beforeEach(async () => {
  delivered = [];
  reactions = [];
  await admin.query('truncate files.files cascade');
});

/** The delivery of events, as in a process of its own. */
function createDelivery(clock = new ManualClock('2025-08-07T12:00:00Z')) {
  const port = (peer.address() as AddressInfo).port;
  const events = createFileEvents({
    database: service.database,
    automation: createClient(automationServices, {
      baseUrl: `http://127.0.0.1:${port}`,
      internalKey: 'k'.repeat(32),
    }),
    log: createLog({ service: 'test', level: 'silent' }),
    clock,
  });
  const deliver = async () => {
    events.wake();
    await events.idle();
  };
  return { events, clock, deliver };
}

const claims = testClaims();
async function upload(filename = 'a.txt', content = 'some text', auto_process = 'false'): Promise<string> {
  const response = await service.upload(claims, { filename, content }, { auto_process });
  expect(response.statusCode).toBe(201);
  return response.json().id;
}

const waiting = async () =>
  (await admin.query('select file_id, type, attempts, due_at > now() as later from files.events')).rows;

it('delivers an event for an upload and one for its extracted text', async () => {
  const id = await upload('a.txt', 'some text', 'true');
  service.processor.wake();
  await service.processor.idle();
  await createDelivery().deliver();
  const common = {
    tenant_id: claims.tenant_id,
    user_id: claims.user_id,
    file_id: id,
    filename: 'a.txt',
    content_type: 'text/plain',
    size: 9,
    key: 'k'.repeat(32),
    workspace_id: claims.tenant_id,
  };
  expect(delivered).toEqual([
    { type: 'file_upload', ...common },
    { type: 'file_processed', ...common, content: 'some text' },
  ]);
  expect(await waiting()).toEqual([]);
});

it('delivers each event once with several processes', async () => {
  await Promise.all(Array.from({ length: 10 }, () => upload()));
  await Promise.all([createDelivery().deliver(), createDelivery().deliver(), createDelivery().deliver()]);
  expect(new Set(delivered.map(({ file_id }) => file_id)).size).toBe(10);
  expect(delivered).toHaveLength(10);
});

it('tries an unavailable peer once per pause, and delivers everything when it is back', async () => {
  const { events, clock, deliver } = createDelivery();
  reactions = ['unavailable', 'unavailable'];
  for (const name of ['a.txt', 'b.txt', 'c.txt']) {
    await upload(name);
    await deliver();
  }
  expect(delivered).toHaveLength(1);
  clock.advance(5_000);
  await deliver();
  await deliver();
  expect(delivered).toHaveLength(2);
  expect(await waiting()).toHaveLength(3);
  clock.advance(10_000);
  await deliver();
  expect(delivered).toHaveLength(5);
  expect(await waiting()).toEqual([]);
  await events.close();
});

it('delivers an event again after a lost response', async () => {
  const { clock, deliver } = createDelivery();
  const id = await upload();
  reactions = ['lost'];
  await deliver();
  clock.advance(5_000);
  await deliver();
  expect(delivered.map(({ file_id }) => file_id)).toEqual([id, id]);
  expect(await waiting()).toEqual([]);
});

it('postpones a rejected event without blocking others', async () => {
  const { deliver } = createDelivery();
  const busy = await upload();
  const next = await upload();
  reactions = ['rate_limited'];
  await deliver();
  expect(delivered.map(({ file_id }) => file_id)).toEqual([busy, next]);
  expect(await waiting()).toEqual([{ file_id: busy, type: 'file_upload', attempts: 1, later: true }]);
});

it('drops an invalid event', async () => {
  await upload();
  reactions = ['validation_failed'];
  await createDelivery().deliver();
  expect(await waiting()).toEqual([]);
});

it('delivers no event of a deleted file', async () => {
  const id = await upload();
  expect((await service.call(claims, 'DELETE', `/files/${id}`)).statusCode).toBe(204);
  await createDelivery().deliver();
  expect(delivered).toEqual([]);
});

it('cuts a long text between characters', async () => {
  await upload('long.txt', `x${'😀'.repeat(maxEventContent / 2)}`, 'true');
  service.processor.wake();
  await service.processor.idle();
  await createDelivery().deliver();
  const content = delivered.find(({ type }) => type === 'file_processed')?.content ?? '';
  expect(content).toHaveLength(maxEventContent - 1);
  expect(content.isWellFormed()).toBe(true);
});
