import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import {
  allEnded,
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
let admin: pg.Client;
let user: TestUser;
let workflowId: string;
beforeAll(async () => {
  service = await startTemporaryAutomation();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});
const steps = [logStep('Got {input.payload.data.id}')];
const triggers = [{ type: 'webhook' }];
beforeEach(async () => {
  user = await service.user();
  workflowId = (await createWorkflow(service, user, { steps, triggers })).id;
});

const hook = (path = `/workflows/${workflowId}/webhook`) => service.call(user, 'GET', path);
const rotate = async (body: object = {}) => {
  const response = await service.call(user, 'POST', `/workflows/${workflowId}/webhook`, body);
  expect(response.status).toBe(201);
  return response.body as { id: string; secret: string; path: string; former_secret_until: string | null };
};
const change = (input: object) =>
  service.call(user, 'PUT', `/workflows/${workflowId}`, { name: 'W', steps, triggers, ...input });

interface Sent {
  id: string;
  secret: string;
  messageId?: string;
  /** Age of the message, seconds. */
  age?: number;
  text?: string;
  headers?: Record<string, string | undefined>;
}
const defaultText = '{"type": "invoice.paid", "data": {"id": "inv_1"}}';

/** Sends a message, signed as the library of Standard Webhooks does. */
async function send({ id, secret, messageId = `msg_${randomUUID()}`, age = 0, ...more }: Sent) {
  const { text = defaultText, headers = {} } = more;
  const at = new Date(service.clock.now().getTime() - age * 1000);
  const all = {
    'content-type': 'application/json',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(messageId, at, text),
    ...headers,
  };
  const given = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
  const response = await service.app.inject({
    method: 'POST',
    url: `/hooks/${id}`,
    headers: Object.fromEntries(given),
    payload: text,
  });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}
const executions = async () => (await service.call(user, 'GET', `/workflows/${workflowId}/executions`)).body;
/** The time of the service in so many seconds. */
const timeIn = (seconds: number) => new Date(service.clock.now().getTime() + seconds * 1000).toISOString();
const someSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('a signed message', () => {
  it('starts one execution of the workflow for its owner, however often it is sent', async () => {
    const { id, secret } = await rotate();
    const message = { id, secret, messageId: 'msg_1' };
    const sentAt = timeIn(0);
    const [first, second] = await Promise.all([send(message), send(message)]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    const execution = await ended(service, user, first.body.execution_id);
    expect(execution).toMatchObject({
      status: 'completed',
      trigger: 'webhook',
      workflow_id: workflowId,
      input: {
        webhook_id: 'msg_1',
        sent_at: sentAt,
        payload: { type: 'invoice.paid', data: { id: 'inv_1' } },
      },
      steps: [{ result: { message: 'Got inv_1' } }],
    });
    // Sent again later, with another time and so another signature.
    service.clock.advance(600_000);
    expect((await send(message)).body).toEqual(first.body);
    expect((await executions()).total).toBe(1);
    expect((await hook()).body.last_message_at).toBe(sentAt);
    service.clock.advance(7 * 86_400_000);
    expect((await send(message)).body).not.toEqual(first.body);
    await allEnded(service, user);
  });

  it('with the id of a message to another webhook starts its own execution', async () => {
    const { id, secret } = await rotate();
    const first = await send({ id, secret, messageId: 'msg_1' });
    workflowId = (await createWorkflow(service, user, { steps, triggers })).id;
    const other = await rotate();
    const second = await send({ id: other.id, secret: other.secret, messageId: 'msg_1' });
    expect(second.status).toBe(202);
    expect(second.body).not.toEqual(first.body);
    await allEnded(service, user);
  });

  it.each([
    [300, 202],
    [-300, 202],
    [301, 401],
    [-301, 401],
  ])('of %i s ago is answered with %i', async (age, status) => {
    const response = await send({ ...(await rotate()), age });
    expect(response.status).toBe(status);
    if (status === 401)
      expect(response.body).toMatchObject({
        error: 'invalid_signature',
        message: 'webhook-timestamp differs from the time of the server by more than 300 s.',
      });
    await allEnded(service, user);
  });

  it('is rejected with the reason while its workflow takes no messages', async () => {
    const target = { ...(await rotate()), messageId: 'msg_1' };
    await change({ status: 'paused' });
    expect(await send(target)).toMatchObject({ status: 409, body: { message: 'The workflow is paused.' } });
    await change({ triggers: [] });
    expect(await send(target)).toMatchObject({
      status: 409,
      body: { message: 'The workflow has no trigger of type webhook any more.' },
    });
    expect((await executions()).total).toBe(0);
    // The rejected message is not remembered, and the address and the secret stay.
    await change({});
    expect((await send(target)).status).toBe(202);
    await allEnded(service, user);
  });

  it('stops and pauses the workflow once its owner may no longer act', async () => {
    const target = await rotate();
    service.platform.lose(user.claims.user_id, 'user_deactivated');
    const { execution_id } = (await send(target)).body;
    expect(await ended(service, user, execution_id)).toMatchObject({
      status: 'failed',
      error: 'The account of this user is deactivated.',
      steps_executed: 0,
    });
    // The workflow is paused just after its execution has ended.
    while ((await hook(`/workflows/${workflowId}`)).body.status !== 'paused');
    expect((await send(target)).status).toBe(409);
  });
});

describe('a message that is not signed with the secret', () => {
  const comparable = ({ status, body, headers }: Awaited<ReturnType<typeof send>>) => {
    const { timestamp: _time, request_id: _request, ...rest } = body;
    const { date: _date, 'x-request-id': _id, 'x-trace-id': _trace, ...sent } = headers;
    return { status, rest, sent };
  };

  it('gets the same response as one to an unknown webhook', async () => {
    const { id, secret } = await rotate();
    const wrong = await send({ id, secret: someSecret });
    expect(wrong).toMatchObject({
      status: 401,
      body: {
        error: 'invalid_signature',
        message: 'The webhook does not exist, or the signature is wrong.',
      },
    });
    expect(comparable(await send({ id: randomUUID(), secret }))).toEqual(comparable(wrong));
    const changed = await send({
      id,
      secret,
      headers: { 'webhook-signature': new Webhook(secret).sign('msg_1', service.clock.now(), '{}') },
    });
    expect(comparable(changed)).toEqual(comparable(wrong));
    expect((await executions()).total).toBe(0);
  });

  it.each([
    ['without an id', { 'webhook-id': undefined }, 'webhook-id'],
    ['with a dot in its id', { 'webhook-id': 'msg.1' }, 'webhook-id'],
    ['without a time', { 'webhook-timestamp': undefined }, 'webhook-timestamp'],
    ['with a time in words', { 'webhook-timestamp': 'now' }, 'webhook-timestamp'],
    ['without a signature', { 'webhook-signature': undefined }, 'webhook-signature'],
  ])('and is %s is told which header is wrong', async (_what, headers, name) => {
    const { status, body } = await send({ id: randomUUID(), secret: someSecret, headers });
    expect([status, body.error, body.details[0].loc]).toEqual([422, 'validation_failed', ['headers', name]]);
  });

  it.each([
    ['no object', '[1]', 422],
    ['no JSON', '{', 400],
    ['too large', JSON.stringify({ text: 'x'.repeat(256 * 1024) }), 413],
  ])('is rejected when its body is %s', async (_what, text, status) => {
    expect((await send({ id: randomUUID(), secret: someSecret, text })).status).toBe(status);
  });
});

describe('the secret of a webhook', () => {
  it('is shown once and stored encrypted', async () => {
    const created = await rotate();
    expect(created).toMatchObject({ path: `/api/hooks/${created.id}`, former_secret_until: null });
    const key = Buffer.from(created.secret.slice('whsec_'.length), 'base64');
    expect(key).toHaveLength(32);
    const { secret: _secret, ...shown } = created;
    expect((await hook()).body).toEqual(shown);
    expect(JSON.stringify((await hook(`/workflows/${workflowId}`)).body)).not.toContain('whsec_');
    const { rows } = await admin.query('select secret from automation.webhooks where id = $1', [created.id]);
    expect(rows[0].secret.includes(key)).toBe(false);
  });

  it('keeps working for the overlap when a new one is made', async () => {
    const first = await rotate();
    const second = await rotate({ overlap_seconds: 600 });
    expect(second).toMatchObject({ id: first.id, former_secret_until: timeIn(600) });
    const statuses = async () => [(await send(first)).status, (await send(second)).status];
    expect(await statuses()).toEqual([202, 202]);
    service.clock.advance(600_000);
    expect(await statuses()).toEqual([401, 202]);
    expect((await hook()).body.former_secret_until).toBeNull();
    const third = await rotate({ overlap_seconds: 0 });
    expect([(await send(second)).status, (await send(third)).status]).toEqual([401, 202]);
    await allEnded(service, user);
  });

  it('is of no use for another workflow', async () => {
    const { secret } = await rotate();
    workflowId = (await createWorkflow(service, user, { steps, triggers })).id;
    const { id } = await rotate();
    expect((await send({ id, secret })).status).toBe(401);
    // Not even when the database is changed: the encrypted key belongs to one workflow.
    await admin.query(
      `update automation.webhooks set secret = (select w.secret from automation.webhooks w where w.id <> $1 limit 1)
       where id = $1`,
      [id],
    );
    expect((await send({ id, secret })).status).toBe(401);
  });

  it('cannot be made for a workflow without the trigger, for one of others, or by a viewer', async () => {
    const path = `/workflows/${workflowId}/webhook`;
    expect((await hook()).status).toBe(404);
    await change({ triggers: [{ type: 'manual' }] });
    expect((await service.call(user, 'POST', path, {})).status).toBe(409);
    const stranger = await service.user();
    for (const method of ['GET', 'POST'] as const)
      expect((await service.call(stranger, method, path)).status).toBe(404);
    const { tenant_id } = user.claims;
    const viewer = await service.user({ tenant_id });
    service.authorities.set(viewer.claims, { workspaces: [{ id: tenant_id, role: 'viewer' }] });
    expect((await service.call(viewer, 'POST', path)).status).toBe(403);
  });
});

it('a workflow has at most one webhook', async () => {
  const response = await change({ triggers: [...triggers, { type: 'manual' }, ...triggers] });
  expect(response.status).toBe(422);
  expect(response.body.details).toMatchObject([{ loc: ['body', 'triggers', 2] }]);
});

it('a webhook ends with its workflow, and with the account of the owner, whose export has no secret', async () => {
  const target = await rotate();
  await send(target);
  await allEnded(service, user);
  const { tenant_id, user_id, email } = user.claims;
  const person = { tenant_id, user_id, email, whole_tenant: false };
  const exported = await service.app.inject({
    method: 'POST',
    url: '/internal/exports',
    headers: { 'x-internal-key': 'k'.repeat(32) },
    payload: person,
  });
  expect(exported.statusCode).toBe(200);
  expect(exported.body).toContain(target.id);
  expect(exported.body).not.toMatch(/"(?:former_)?secret"/);
  await service.serve('/internal/erasures', person);
  const kept = await admin.query('select from automation.webhooks where id = $1', [target.id]);
  expect(kept.rowCount).toBe(0);
  expect((await send(target)).status).toBe(401);
  workflowId = (await createWorkflow(service, user, { steps, triggers })).id;
  const other = await rotate();
  expect((await service.call(user, 'DELETE', `/workflows/${workflowId}`)).status).toBe(204);
  expect((await send(other)).status).toBe(401);
});
