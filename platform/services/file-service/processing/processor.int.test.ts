import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishNothing } from '../../../kit/events/publish-live-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { sweepAbandoned } from '../store/sweep.ts';
import { startTemporaryFileService, type TemporaryFileService } from '../testing/temporary-file-service.ts';
import { createProcessor } from './processor.ts';

/** Long enough for a busy machine. */
const patience = { timeout: 20_000, interval: 20 };

let service: TemporaryFileService;
let admin: pg.Client;

beforeAll(async () => {
  service = await startTemporaryFileService();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await service?.stop();
});

const log = createLog({ service: 'test', level: 'silent' });
/** A processor of a new process, which finds queued files by polling. */
const restart = () => {
  const processor = createProcessor({
    database: service.database,
    storage: service.storage,
    log,
    publishLive: publishNothing,
    workers: 2,
    pollMs: 10,
  });
  processor.start();
  return processor;
};

async function storedFile(claims = testClaims()) {
  const response = await service.upload(claims, { filename: 'a.txt', content: 'text' });
  const id: string = response.json().id;
  const state = async () => (await service.call(claims, 'GET', `/files/${id}`)).json();
  return { id, claims, state };
}

it('processes files that were queued while no process ran', async () => {
  const files = await Promise.all(Array.from({ length: 5 }, () => storedFile()));
  await admin.query('update files.files set queued_at = now() where id = any($1)', [
    files.map(({ id }) => id),
  ]);
  const processor = restart();
  for (const { state } of files)
    await expect.poll(async () => (await state()).status, patience).toBe('completed');
  await processor.close();
});

it('takes over the file of a killed process when its lease has expired, and not before', async () => {
  const [dead, alive] = [await storedFile(), await storedFile()];
  await admin.query(
    `update files.files set status = 'processing', queued_at = now(), attempts = 1,
       lease_until = now() + case when id = $1 then interval '-1 second' else interval '1 hour' end
     where id = any($2)`,
    [dead.id, [dead.id, alive.id]],
  );
  const processor = restart();
  await expect.poll(async () => (await dead.state()).status, patience).toBe('completed');
  expect((await alive.state()).status).toBe('processing');
  await processor.close();
});

it('fails a file that crashed its process three times', async () => {
  const file = await storedFile();
  await admin.query(
    `update files.files set status = 'processing', queued_at = now(), attempts = 3,
       lease_until = now() - interval '1 second' where id = $1`,
    [file.id],
  );
  const processor = restart();
  await expect.poll(async () => (await file.state()).status, patience).toBe('failed');
  expect((await file.state()).error_message).toBe('Processing ended unexpectedly 3 times.');
  await processor.close();
});

it('returns its file to the queue when the service stops', async () => {
  const file = await storedFile();
  await admin.query('update files.files set queued_at = now() where id = $1', [file.id]);
  const processor = restart();
  await expect.poll(async () => (await file.state()).status, patience).toBe('processing');
  await processor.close();
  const { rows } = await admin.query(
    'select status, attempts, queued_at is not null as queued from files.files where id = $1',
    [file.id],
  );
  expect(rows).toEqual([{ status: 'pending', attempts: 0, queued: true }]);
});

it('stores nothing for a file that is deleted during processing', async () => {
  const file = await storedFile();
  await service.call(file.claims, 'POST', `/files/${file.id}/process`);
  expect((await service.call(file.claims, 'DELETE', `/files/${file.id}`)).statusCode).toBe(204);
  await service.processor.idle();
  const left = await admin.query(
    'select 1 from files.extractions where file_id = $1 union all select 1 from files.files where id = $1',
    [file.id],
  );
  expect(left.rows).toEqual([]);
});

it('deletes the abandoned uploads of a killed process', async () => {
  const claims = testClaims();
  const storageName = 'f'.repeat(32);
  await admin.query(
    `insert into files.files (id, tenant_id, uploaded_by, filename, extension, content_type, size, storage_name,
       status, workspace_id, created_at)
     values (gen_random_uuid(), $1, $2, 'a.txt', 'txt', 'text/plain', 9, $3, 'uploading', $1, now() - interval '1 day')`,
    [claims.tenant_id, claims.user_id, storageName],
  );
  await service.storage.write(
    storageName,
    (async function* () {
      yield Buffer.from('half');
    })() as never,
    AbortSignal.timeout(5_000),
  );
  expect(await sweepAbandoned(service.database, service.storage)).toEqual({ rows: 1, files: 0 });
  expect((await service.call(claims, 'GET', '/files')).json().total).toBe(0);
  expect(await service.storedNames()).not.toContain(storageName);
});

it('hides files from the service’s database role without a tenant, and from other tenants', async () => {
  const { id } = await storedFile();
  const client = new pg.Client({ connectionString: service.stores.urlOf('file_service') });
  await client.connect();
  expect((await client.query('select * from files.files')).rows).toEqual([]);
  expect((await client.query('select * from files.extractions')).rows).toEqual([]);
  await client.query('begin');
  await client.query(`select set_config('app.tenant_id', $1, true)`, [testClaims().tenant_id]);
  expect((await client.query('select * from files.files where id = $1', [id])).rows).toEqual([]);
  expect((await client.query(`update files.files set filename = 'x' where id = $1`, [id])).rowCount).toBe(0);
  expect((await client.query('delete from files.files where id = $1', [id])).rowCount).toBe(0);
  await client.query('rollback');
  await client.end();
});
