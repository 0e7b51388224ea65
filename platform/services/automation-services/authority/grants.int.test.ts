import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import {
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
let user: TestUser;
beforeAll(async () => {
  service = await startTemporaryAutomation();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  user = await service.user();
});

const ownGrants = () =>
  [...service.platform.grants.values()]
    .filter(({ user: { user_id } }) => user_id === user.claims.user_id)
    .map(({ id }) => id);

/** Those of these grants that the service uses, besides one that it has never seen. */
async function inUse(ids: string[], tenant_id = user.claims.tenant_id): Promise<string[]> {
  const { status, body } = await service.serve('/internal/grants/in-use', {
    tenant_id,
    grant_ids: [...ids, randomUUID()],
  });
  expect(status).toBe(200);
  return body.in_use.sort();
}

const waiting = {
  steps: [{ type: 'delay', config: { seconds: 300 } }, logStep('later')],
  triggers: [{ type: 'file_upload' }],
};

it('a changed workflow leaves the former grant to the execution that runs with it', async () => {
  const { id } = await createWorkflow(service, user, waiting);
  const [former = ''] = ownGrants();
  expect(await inUse([former])).toEqual([former]);
  expect(await inUse([former], randomUUID())).toEqual([]);
  const { body } = await service.serve('/events/files', {
    type: 'file_upload',
    tenant_id: user.claims.tenant_id,
    user_id: user.claims.user_id,
    file_id: randomUUID(),
    filename: 'table.csv',
  });
  await service.clock.sleeping(300_000);
  const changed = await service.call(user, 'PUT', `/workflows/${id}`, { name: 'W', ...waiting });
  expect(changed.status).toBe(200);
  const grants = ownGrants();
  expect(grants).toHaveLength(2);
  expect(await inUse(grants)).toEqual([...grants].sort());
  const [execution] = body.executions as (string | { id: string })[];
  const executionId = typeof execution === 'string' ? execution : execution?.id;
  expect((await service.call(user, 'POST', `/executions/${executionId}/cancel`)).status).toBe(200);
  expect(await inUse(grants)).toEqual(grants.filter((grant) => grant !== former));
});

it('a changed workflow ends its former grant, and a deleted one its last', async () => {
  const { id } = await createWorkflow(service, user, waiting);
  const former = ownGrants();
  await service.call(user, 'PUT', `/workflows/${id}`, { name: 'W', ...waiting });
  await expect.poll(ownGrants).toHaveLength(1);
  expect(ownGrants()).not.toEqual(former);
  expect((await service.call(user, 'DELETE', `/workflows/${id}`)).status).toBe(204);
  await expect.poll(ownGrants).toEqual([]);
});

it('a rejected change ends the grant that was made for it, and keeps the other', async () => {
  const { id } = await createWorkflow(service, user, waiting);
  const kept = ownGrants();
  const change = { name: 'W', ...waiting, version: 9 };
  expect((await service.call(user, 'PUT', `/workflows/${id}`, change)).status).toBe(409);
  await expect.poll(ownGrants).toEqual(kept);
});
