import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileRecord, maxFileBytes } from '../../contracts/file-service/contract.ts';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { type KeyServer, startKeyServer } from '../../kit/testing/key-server.ts';
import { type SpawnedService, spawnService } from '../../kit/testing/spawned-service.ts';
import { startTogether } from '../../kit/testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../kit/testing/test-claims.ts';
import { createTestSigner } from '../../kit/testing/test-signer.ts';

/** Long enough for a busy machine. */
const patience = { timeout: 30_000, interval: 50 };
const signer = await createTestSigner();
const authorization = `Bearer ${await signer.sign(testClaims())}`;

let folder: string;
let stores: TemporaryDatabase;
let redis: TemporaryRedis;
let keys: KeyServer;
let fileService: SpawnedService;
let gateway: SpawnedService;
let environment: Record<string, string>;

beforeAll(async () => {
  [folder, stores, redis] = await startTogether(
    mkdtemp(join(tmpdir(), 'file-service-process-')),
    startTemporaryDatabase(),
    startTemporaryRedis(),
  );
  keys = await startKeyServer(signer);
  environment = {
    INTERNAL_API_KEY: 'k'.repeat(32),
    REDIS_URL: redis.url,
    PLATFORM_SERVICES_URL: keys.url,
    DATABASE_URL: stores.urlOf('file_service'),
    FILE_STORAGE_DIR: join(folder, 'storage'),
  };
  fileService = await spawnService('file-service', environment);
  gateway = await spawnService('gateway', { ...environment, FILE_SERVICE_URL: fileService.url });
});
afterAll(async () => {
  await Promise.all([gateway?.end('SIGKILL'), fileService?.end('SIGKILL')]);
  await keys?.stop();
  await redis?.stop();
  await stores?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function upload(bytes: Uint8Array<ArrayBuffer>, filename: string): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([bytes], { type: 'text/plain' }), filename);
  return fetch(`${gateway.url}/api/files/upload`, { method: 'POST', headers: { authorization }, body: form });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('uploads and downloads 20 MB through the gateway unchanged', async () => {
  const bytes = new Uint8Array(Buffer.from(randomBytes(10_000_000).toString('hex')));
  const response = await upload(bytes, 'large.txt');
  expect(response.status).toBe(201);
  const file = FileRecord.parse(await response.json());
  expect([file.size, file.sha256]).toEqual([bytes.length, sha256(bytes)]);
  const url = `${gateway.url}/api/v1/files/${file.id}/download`;
  const download = await fetch(url, { headers: { authorization } });
  expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(file.sha256);
  const known = { authorization, 'if-none-match': download.headers.get('etag') ?? '' };
  const again = await fetch(url, { headers: known });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
    304,
    '',
    `"${file.sha256}"`,
  ]);
  const part = await fetch(url, { headers: { authorization, range: 'bytes=19999990-' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(19_999_990))).toBe(true);
});

it('rejects a file of one byte too many and stores nothing', async () => {
  const before = await readdir(folder, { recursive: true });
  const response = await upload(new Uint8Array(maxFileBytes + 1).fill(120), 'over.txt');
  expect([response.status, await response.json()]).toMatchObject([413, { error: 'payload_too_large' }]);
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});

it('processes queued files in a new process after a crash', async () => {
  const { id } = FileRecord.parse(await (await upload(new TextEncoder().encode('text'), 'a.txt')).json());
  await fileService.end('SIGKILL');
  const admin = new pg.Client({ connectionString: stores.adminUrl });
  await admin.connect();
  await admin.query('update files.files set queued_at = now() where id = $1', [id]);
  fileService = await spawnService('file-service', environment);
  const status = async () =>
    (await admin.query('select status from files.files where id = $1', [id])).rows[0].status;
  await expect.poll(status, patience).toBe('completed');
  await admin.end();
  expect(await fileService.end('SIGTERM')).toBe(0);
});
