import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type SpawnedService, spawnService } from '../../../kit/testing/spawned-service.ts';
import { createWorkflow } from '../testing/sample-workflow.ts';
import {
  allEnded,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let airtable: SpawnedService;
let service: TemporaryAutomation;
let owner: TestUser;
let baseId: string;

/** Calls airtable-gateway as the owner. @throws Error when it rejects the request */
async function callAirtable(path: string, body?: object) {
  const response = await fetch(airtable.url + path, {
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: status ${response.status}, ${await response.text()}`);
  return response.json();
}

beforeAll(async () => {
  service = await startTemporaryAutomation(async ({ stores, redisUrl, platformUrl }) => {
    airtable = await spawnService('airtable-gateway', {
      INTERNAL_API_KEY: 'k'.repeat(32),
      DATABASE_URL: stores.urlOf('airtable_gateway'),
      REDIS_URL: redisUrl,
      PLATFORM_SERVICES_URL: platformUrl,
      AUTOMATION_SERVICES_URL: 'http://127.0.0.1:9',
    });
    return { AIRTABLE_GATEWAY_URL: airtable.url };
  });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await airtable?.end('SIGKILL');
});
beforeEach(async () => {
  owner = await service.user();
  const { id } = await callAirtable('/v0/meta/bases', {
    name: 'Base',
    workspaceId: 'default',
    tables: [
      {
        name: 'Runs',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Maker', type: 'createdBy' },
        ],
      },
    ],
  });
  baseId = id;
});

const creating = (trigger: object, Name: string) =>
  createWorkflow(service, owner, {
    triggers: [trigger],
    steps: [{ type: 'airtable_create', config: { base_id: baseId, table: 'Runs', fields: { Name } } }],
  });

/** Names of the records in the base with whether the owner has created them. */
async function records(): Promise<[string, boolean][]> {
  const { id } = await callAirtable('/v0/meta/whoami');
  const { records } = await callAirtable(`/v0/${baseId}/Runs`);
  return records.map(({ fields }: { fields: { Name: string; Maker: { id: string } } }) => [
    fields.Name,
    fields.Maker.id === id,
  ]);
}

it('a cron run creates a record as the owner of its workflow', async () => {
  await creating({ type: 'schedule', cron: '* * * * *' }, 'by cron');
  service.clock.advance(60_000);
  await service.poll();
  await allEnded(service, owner);
  expect(await records()).toEqual([['by cron', true]]);
});

it('a run for the file of a colleague creates a record as the owner of its workflow', async () => {
  await creating({ type: 'file_upload' }, '{filename}');
  const { body } = await service.serve('/events/files', {
    type: 'file_upload',
    tenant_id: owner.claims.tenant_id,
    user_id: randomUUID(),
    file_id: randomUUID(),
    filename: 'a.csv',
  });
  expect(body.executions).toHaveLength(1);
  await allEnded(service, owner);
  expect(await records()).toEqual([['a.csv', true]]);
});

it('a run creates no record once its owner is deactivated, and reports why', async () => {
  const { id } = await creating({ type: 'schedule', cron: '* * * * *' }, 'by cron');
  service.platform.lose(owner.claims.user_id, 'user_deactivated');
  service.clock.advance(60_000);
  await service.poll();
  await allEnded(service, owner);
  expect(await records()).toEqual([]);
  expect((await service.call(owner, 'GET', `/workflows/${id}`)).body).toMatchObject({
    status: 'paused',
    paused_reason: 'The account of this user is deactivated.',
  });
});
