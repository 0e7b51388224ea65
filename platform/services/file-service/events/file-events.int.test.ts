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

type Outcome = 'taken' | 'away' | 'lost' | 'rate_limited' | 'validation_failed';

let service: TemporaryFileService;
let admin: pg.Pool;
let otherSide: Server;
let told: { type: string; file_id: string; content?: string; key: string | undefined }[];
/** How the other side answers, the next one first; `taken` once there is none left. */
let outcomes: Outcome[];

beforeAll(async () => {
  service = await startTemporaryFileService();
  admin = new pg.Pool({ connectionString: service.stores.adminUrl });
  otherSide = createServer(async (request, response) => {
    const body = (await json(request)) as { type: string; file_id: string };
    told.push({ ...body, key: request.headers['x-internal-key'] as string | undefined });
    const outcome = outcomes.shift() ?? 'taken';
    response.setHeader('content-type', 'application/json');
    if (outcome === 'lost') request.socket.destroy();
    else if (outcome === 'taken') response.writeHead(202).end('{"executions":[]}');
    else {
      const refusal = problem(outcome === 'away' ? 'not_ready' : outcome);
      response.writeHead(refusal.status).end(JSON.stringify(envelope(refusal, 'request-1')));
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => otherSide.once('listening', resolve));
});
afterAll(async () => {
  otherSide?.close();
  await admin?.end();
  await service?.stop();
});
beforeEach(async () => {
  told = [];
  outcomes = [];
  await admin.query('truncate files.files cascade');
});

/** Whoever tells, as in a process of its own. */
function teller(clock = new ManualClock('2025-08-07T12:00:00Z')) {
  const port = (otherSide.address() as AddressInfo).port;
  const events = createFileEvents({
    database: service.database,
    automation: createClient(automationServices, {
      baseUrl: `http://127.0.0.1:${port}`,
      internalKey: 'k'.repeat(32),
    }),
    log: createLog({ service: 'test', level: 'silent' }),
    clock,
  });
  const tell = async () => {
    events.wake();
    await events.idle();
  };
  return { events, clock, tell };
}

const claims = testClaims();
async function upload(filename = 'a.txt', content = 'some text', auto_process = 'false'): Promise<string> {
  const answer = await service.upload(claims, { filename, content }, { auto_process });
  expect(answer.statusCode).toBe(201);
  return answer.json().id;
}

const waiting = async () =>
  (await admin.query('select file_id, type, attempts, due_at > now() as later from files.events')).rows;

it('tells of an upload, and of what was extracted', async () => {
  const id = await upload('a.txt', 'some text', 'true');
  service.processor.wake();
  await service.processor.idle();
  await teller().tell();
  const common = {
    tenant_id: claims.tenant_id,
    user_id: claims.user_id,
    file_id: id,
    filename: 'a.txt',
    key: 'k'.repeat(32),
  };
  expect(told).toEqual([
    { type: 'file_upload', ...common },
    { type: 'file_processed', ...common, content: 'some text' },
  ]);
  expect(await waiting()).toEqual([]);
});

it('tells each event once, however many processes there are', async () => {
  await Promise.all(Array.from({ length: 10 }, () => upload()));
  await Promise.all([teller().tell(), teller().tell(), teller().tell()]);
  expect(new Set(told.map(({ file_id }) => file_id)).size).toBe(10);
  expect(told).toHaveLength(10);
});

it('tries a side that is away once in each pause, and tells everything when it is back', async () => {
  const { events, clock, tell } = teller();
  outcomes = ['away', 'away'];
  for (const name of ['a.txt', 'b.txt', 'c.txt']) {
    await upload(name);
    await tell();
  }
  expect(told).toHaveLength(1);
  clock.advance(5_000);
  await tell();
  await tell();
  expect(told).toHaveLength(2);
  expect(await waiting()).toHaveLength(3);
  clock.advance(10_000);
  await tell();
  expect(told).toHaveLength(5);
  expect(await waiting()).toEqual([]);
  await events.close();
});

it('tells again when it cannot know whether it was heard', async () => {
  const { clock, tell } = teller();
  const id = await upload();
  outcomes = ['lost'];
  await tell();
  clock.advance(5_000);
  await tell();
  expect(told.map(({ file_id }) => file_id)).toEqual([id, id]);
  expect(await waiting()).toEqual([]);
});

it('lets an event that is refused for now wait by itself', async () => {
  const { tell } = teller();
  const busy = await upload();
  const next = await upload();
  outcomes = ['rate_limited'];
  await tell();
  expect(told.map(({ file_id }) => file_id)).toEqual([busy, next]);
  expect(await waiting()).toEqual([{ file_id: busy, type: 'file_upload', attempts: 1, later: true }]);
});

it('drops what is refused for good', async () => {
  await upload();
  outcomes = ['validation_failed'];
  await teller().tell();
  expect(await waiting()).toEqual([]);
});

it('tells nothing of a file that was deleted before anybody was told', async () => {
  const id = await upload();
  expect((await service.call(claims, 'DELETE', `/files/${id}`)).statusCode).toBe(204);
  await teller().tell();
  expect(told).toEqual([]);
});

it('cuts a long text between characters', async () => {
  await upload('long.txt', `x${'😀'.repeat(maxEventContent / 2)}`, 'true');
  service.processor.wake();
  await service.processor.idle();
  await teller().tell();
  const content = told.find(({ type }) => type === 'file_processed')?.content ?? '';
  expect(content).toHaveLength(maxEventContent - 1);
  expect(content.isWellFormed()).toBe(true);
});
