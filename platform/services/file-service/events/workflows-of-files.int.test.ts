import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { type GrantServer, startGrantServer } from '../../../kit/testing/grant-server.ts';
import { type SpawnedService, spawnService } from '../../../kit/testing/spawned-service.ts';
import { startTogether } from '../../../kit/testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { createTestSigner } from '../../../kit/testing/test-signer.ts';

/** Long enough for a busy machine. */
const patience = { timeout: 30_000, interval: 50 };
const signer = await createTestSigner();
const authorization = `Bearer ${await signer.sign(testClaims())}`;

let folder: string;
let stores: TemporaryDatabase;
let redis: TemporaryRedis;
let platform: GrantServer;
let files: SpawnedService;
let automation: SpawnedService;

const common = () => ({
  INTERNAL_API_KEY: 'k'.repeat(32),
  REDIS_URL: redis.url,
  PLATFORM_SERVICES_URL: platform.url,
});
const startAutomation = () =>
  spawnService('automation-services', { ...common(), DATABASE_URL: stores.urlOf('automation_services') });
const startFiles = () =>
  spawnService('file-service', {
    ...common(),
    DATABASE_URL: stores.urlOf('file_service'),
    FILE_STORAGE_DIR: join(folder, 'storage'),
    AUTOMATION_SERVICES_URL: automation.url,
  });

beforeAll(async () => {
  [folder, stores, redis] = await startTogether(
    mkdtemp(join(tmpdir(), 'workflows-of-files-')),
    startTemporaryDatabase(),
    startTemporaryRedis(),
  );
  platform = await startGrantServer(signer);
  automation = await startAutomation();
  files = await startFiles();
});
afterAll(async () => {
  await Promise.all([files?.end('SIGKILL'), automation?.end('SIGKILL')]);
  await platform?.stop();
  await redis?.stop();
  await stores?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function callAutomation(path: string, body?: object) {
  const response = await fetch(automation.url + path, {
    headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  return response.json();
}

async function workflowOn(type: string, message: string): Promise<string> {
  const steps = [{ type: 'log', config: { message } }];
  const triggers = [{ type, extensions: ['csv'] }];
  return (await callAutomation('/workflows', { name: type, steps, triggers })).id;
}

async function upload(filename: string, content: string): Promise<number> {
  const form = new FormData();
  form.append('auto_process', 'true');
  form.append('file', new Blob([content], { type: 'text/csv' }), filename);
  const url = `${files.url}/files/upload`;
  return (await fetch(url, { method: 'POST', headers: { authorization }, body: form })).status;
}

/** The messages that the workflow logged, sorted, once `count` executions have completed. */
async function messages(workflow: string, count: number): Promise<string[]> {
  const executions = async () => (await callAutomation(`/workflows/${workflow}/executions`)).executions;
  const done = async () =>
    (await executions()).filter(({ status }: { status: string }) => status === 'completed').length;
  await expect.poll(done, patience).toBe(count);
  const logged = (await executions()).map(async ({ id }: { id: string }) => {
    const { steps } = await callAutomation(`/executions/${id}`);
    return steps[0].result.message as string;
  });
  return (await Promise.all(logged)).sort();
}

it('starts workflows for files, also for files uploaded while automation-services was down', async () => {
  const onUpload = await workflowOn('file_upload', '{filename}');
  const onProcessed = await workflowOn('file_processed', '{filename}: {content}');
  expect(await upload('first.csv', 'a,b\n1,2\n')).toBe(201);
  expect(await messages(onUpload, 1)).toEqual(['first.csv']);
  expect(await messages(onProcessed, 1)).toEqual([expect.stringMatching(/^first\.csv: .*1/s)]);

  await automation.end('SIGKILL');
  expect(await upload('second.csv', 'a,b\n3,4\n')).toBe(201);
  // The process that received the upload ends before it can deliver the event.
  expect(await files.end('SIGTERM')).toBe(0);

  automation = await startAutomation();
  files = await startFiles();
  expect(await messages(onUpload, 2)).toEqual(['first.csv', 'second.csv']);
  expect(await messages(onProcessed, 2)).toEqual([
    expect.stringMatching(/^first\.csv: .*1/s),
    expect.stringMatching(/^second\.csv: .*3/s),
  ]);
});
