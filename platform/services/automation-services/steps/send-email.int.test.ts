import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedService, spawnService } from '../../../kit/testing/spawned-service.ts';
import { runWorkflow } from '../testing/sample-workflow.ts';
import {
  ended,
  internalKey,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let folder: string;
let platform: SpawnedService;
let service: TemporaryAutomation;
let database: pg.Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mails-'));
  service = await startTemporaryAutomation(async ({ stores, redisUrl }) => {
    const nowhere = 'http://127.0.0.1:9';
    platform = await spawnService('platform-services', {
      INTERNAL_API_KEY: internalKey,
      DATABASE_URL: stores.urlOf('platform_services'),
      REDIS_URL: redisUrl,
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      MAIL_FOLDER: folder,
      USER_SERVICE_URL: nowhere,
      AIRTABLE_GATEWAY_URL: nowhere,
      LLM_ORCHESTRATOR_URL: nowhere,
      FILE_SERVICE_URL: nowhere,
      SAGA_SERVICE_URL: nowhere,
      AUTOMATION_SERVICES_URL: nowhere,
    });
    return { PLATFORM_SERVICES_URL: platform.url };
  });
  database = new pg.Client({ connectionString: service.stores.adminUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await service?.[Symbol.asyncDispose]();
  await platform?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

/** Registers an account. @returns its address, and the user with the workspace of the account */
async function register(email: string): Promise<TestUser> {
  const response = await fetch(`${platform.url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'Kept-secret 4711' }),
  });
  if (response.status !== 201) throw new Error(`registration: ${await response.text()}`);
  const { user, workspace_id } = await response.json();
  const registered = await service.user({ user_id: user.id, sub: user.id, tenant_id: user.tenant_id, email });
  service.authorities.set(registered.claims, {
    default_workspace_id: workspace_id,
    workspaces: [{ id: workspace_id, role: 'owner' }],
  });
  return registered;
}

const sending = (to: string, more: object[] = []) => ({
  steps: [
    {
      type: 'send_email',
      config: { to: [to], subject: 'News for {input.name}', text: 'Hello {input.name}' },
    },
    ...more,
  ],
  input: { name: 'Ada' },
  max_retries: 0,
});
const storedFor = async (recipient: string) =>
  (await database.query(`select from identity.mails where kind = 'workflow' and recipient = $1`, [recipient]))
    .rowCount;

/** The mails in the folder to an address. Reading the folder takes its time, so the loop does not spin. */
async function mailTo(address: string, subject: string): Promise<string> {
  for (;;) {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
    const mails = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    const found = mails.find((mail) => mail.includes(`To: ${address}`) && mail.includes(subject));
    if (found !== undefined) return found;
  }
}

it('sends a mail to a member of the workspace, with what the steps before gave', async () => {
  const user = await register('ada@example.com');
  const execution = await runWorkflow(service, user, sending('Ada@example.com'));
  expect(execution).toMatchObject({ status: 'completed', steps: [{ result: { recipients: 1 } }] });
  const mail = await mailTo('ada@example.com', 'News for Ada');
  expect(mail).toContain('Hello Ada');
  expect(mail).toContain('Sent by a workflow of ada@example.com.');
});

it('sends one mail, however often its step is repeated', async () => {
  const user = await register('grace@example.com');
  const failing = { type: 'log', config: { message: 'x', level: '{input.name}' } };
  const execution = await runWorkflow(service, user, sending('grace@example.com', [failing]));
  expect(execution).toMatchObject({
    status: 'failed',
    steps: [{ status: 'completed' }, { status: 'failed' }],
  });
  const again = await service.call(user, 'POST', `/executions/${execution.id}/retry`, { from_step: 0 });
  expect(again.status).toBe(202);
  const repeated = await ended(service, user, execution.id);
  expect(repeated.steps[0]).toMatchObject({ status: 'completed', result: execution.steps[0].result });
  expect(await storedFor('grace@example.com')).toBe(1);
});

it('sends nothing to people outside of the workspace, and names the address', async () => {
  const [user, stranger] = [await register('edsger@example.com'), 'niklaus@example.com'];
  await register(stranger);
  const execution = await runWorkflow(service, user, sending(stranger));
  expect(execution.status).toBe('failed');
  expect(execution.error).toContain('niklaus@example.com is not an active member of the workspace');
  expect(await storedFor(stranger)).toBe(0);
});
