import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakePeer, startFakePeer } from '../testing/fake-peer.ts';
import { runWorkflow, startWorkflow } from '../testing/sample-workflow.ts';
import {
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let peer: FakePeer;
let service: TemporaryAutomation;
let user: TestUser;

beforeAll(async () => {
  peer = await startFakePeer();
  service = await startTemporaryAutomation({
    GATEWAY_URL: peer.url,
    AIRTABLE_GATEWAY_URL: peer.url,
    FILE_SERVICE_URL: peer.url,
  });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await peer?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  user = await service.user();
  peer.seen.length = 0;
});

const start = (workflow: object, input: object = {}) => startWorkflow(service, user, { ...workflow, input });
const run = (workflow: object, input: object = {}) => runWorkflow(service, user, { ...workflow, input });
/** Requests carry a token that was made from a grant of the user, limited to what the steps need. */
function expectDelegated(
  headers: { authorization?: string | undefined } | undefined,
  scopes: string[],
): void {
  const claims = decodeJwt(headers?.authorization?.replace('Bearer ', '') ?? '');
  expect(claims).toMatchObject({ user_id: user.claims.user_id, tenant_id: user.claims.tenant_id });
  const made = service.platform.created.get(claims.session_id as string);
  expect(made).toMatchObject({ workspace_id: user.claims.tenant_id, scopes });
}

describe('a request to the platform', () => {
  const call = (config: object) => ({
    type: 'http_request',
    config: { url: `${peer.url}/api/users/me`, ...config },
  });

  it('carries the user’s token and one trace', async () => {
    peer.respond({ body: { id: 'u1' } });
    const execution = await run({ steps: [call({ headers: { Authorization: 'Bearer forged' } })] });
    expect(execution.steps[0].result).toEqual({
      status: 200,
      content_type: 'application/json',
      body: { id: 'u1' },
    });
    expectDelegated(peer.seen[0]?.headers, ['user.email:read']);
    expect(peer.seen[0]?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-/);
  });

  it('is retried after the delay of Retry-After', async () => {
    peer.respond({ status: 429, headers: { 'retry-after': '11' } }, { body: { ok: true } });
    const id = await start({ steps: [call({ method: 'POST', body: { a: 1 } })] });
    await service.clock.sleeping(11_000);
    service.clock.advance(11_000);
    expect(await ended(service, user, id)).toMatchObject({ status: 'completed', steps: [{ attempts: 2 }] });
    expect(peer.seen.map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('is not retried when it may have taken effect', async () => {
    peer.respond({ status: 500 });
    const execution = await run({ steps: [call({ method: 'POST' })] });
    expect(execution).toMatchObject({ status: 'failed', steps: [{ attempts: 1 }] });
    expect(peer.seen).toHaveLength(1);
  });

  it('does not follow a redirect', async () => {
    peer.respond({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
    const execution = await run({ steps: [call({})] });
    expect(execution.steps[0].error).toBe('the response to GET has status 302');
  });

  it('accepts any status with fail_on_status false', async () => {
    peer.respond({ status: 404, body: { error: 'not_found' } });
    const execution = await run({ steps: [call({ fail_on_status: false })] });
    expect(execution.steps[0].result).toMatchObject({ status: 404, body: { error: 'not_found' } });
  });
});

describe('a step that writes a record', () => {
  const record = {
    id: 'recA1b2C3d4E5f6G7',
    createdTime: '2026-03-02T06:00:00.000Z',
    fields: { Name: 'Ada' },
  };

  it('acts with the rights of the user who runs the workflow', async () => {
    peer.respond({ body: record });
    const table = { base_id: 'appA1b2C3d4E5f6G7', table: 'My table' };
    const execution = await run(
      {
        steps: [
          {
            type: 'airtable_create',
            config: { ...table, fields: { Name: '{input.name}', Score: '{input.score}' } },
          },
          {
            type: 'airtable_update',
            config: { ...table, record_id: '{step_0_result.id}', fields: { Name: 'B' } },
          },
        ],
      },
      { name: 'Ada', score: 42 },
    );
    expect(execution.status).toBe('completed');
    expect(execution.steps[0].result).toEqual(record);
    expect(peer.seen).toMatchObject([
      {
        method: 'POST',
        path: '/v0/appA1b2C3d4E5f6G7/My%20table',
        body: { fields: { Name: 'Ada', Score: 42 } },
      },
      {
        method: 'PATCH',
        path: `/v0/appA1b2C3d4E5f6G7/My%20table/${record.id}`,
        body: { fields: { Name: 'B' } },
      },
    ]);
    for (const { headers } of peer.seen) expectDelegated(headers, ['data.records:write']);
    expect(peer.seen.map(({ headers }) => headers['idempotency-key'])).toEqual([
      `${execution.id}:0`,
      `${execution.id}:1`,
    ]);
    expect(service.platform.grants.size).toBe(0);
  });

  it('reads records with a formula', async () => {
    peer.respond({ body: { records: [record] } });
    const config = { base_id: 'appA', table: 'T', formula: '{Name} = "Ada"', max_records: 5 };
    const execution = await run({ steps: [{ type: 'airtable_query', config }] });
    expect(execution.steps[0].result).toEqual({ records: [record], count: 1 });
    expect(peer.seen).toMatchObject([
      { path: '/v0/appA/T/listRecords', body: { filterByFormula: '{Name} = "Ada"', maxRecords: 5 } },
    ]);
    expectDelegated(peer.seen[0]?.headers, ['data.records:read']);
  });

  it('is written by a workflow of 20 minutes in its last step, with a token made for it then', async () => {
    peer.respond({ body: record });
    const config = { base_id: 'appA', table: 'T', fields: { Name: 'late' } };
    const id = await start({
      steps: [
        { type: 'delay', config: { seconds: 1200 } },
        { type: 'airtable_create', config },
      ],
      timeout: 3600,
    });
    await service.clock.sleeping(1_200_000);
    service.clock.advance(1_200_000);
    expect(await ended(service, user, id)).toMatchObject({ status: 'completed' });
    expect(peer.seen).toMatchObject([{ body: { fields: { Name: 'late' } } }]);
    expectDelegated(peer.seen[0]?.headers, ['data.records:write']);
  });

  it('fails with the error message of the peer', async () => {
    peer.respond({
      status: 422,
      body: { error: { type: 'UNKNOWN_FIELD_NAME', message: 'Unknown field name: "X"' } },
    });
    const config = { base_id: 'appA', table: 'T', fields: { X: 1 } };
    const execution = await run({ steps: [{ type: 'airtable_create', config }] });
    expect(execution.steps[0]).toMatchObject({ attempts: 1 });
    expect(execution.steps[0].error).toContain('Unknown field name: "X"');
  });

  it('repeats a request without a response with the same key', async () => {
    peer.respond({ status: 503 }, { body: record });
    const config = { base_id: 'appA', table: 'T', fields: {} };
    const id = await start({ steps: [{ type: 'airtable_create', config }] });
    await service.clock.sleeping(1_000);
    service.clock.advance(1_000);
    expect(await ended(service, user, id)).toMatchObject({ status: 'completed', steps: [{ attempts: 2 }] });
    expect(peer.seen.map(({ headers }) => headers['idempotency-key'])).toEqual([`${id}:0`, `${id}:0`]);
  });
});

describe('a step that processes a file', () => {
  const fileOf = (id: string, status: string) => ({
    id,
    tenant_id: user.claims.tenant_id,
    workspace_id: user.claims.tenant_id,
    filename: 'list.csv',
    content_type: 'text/csv',
    size: 3,
    sha256: 'a'.repeat(64),
    status,
    error_message: status === 'failed' ? 'broken row' : null,
    created_at: '2026-03-02T06:00:00.000Z',
    updated_at: '2026-03-02T06:00:00.000Z',
  });

  it('waits until the file is processed and provides its text', async () => {
    const fileId = randomUUID();
    peer.respond(
      { status: 202, body: fileOf(fileId, 'processing') },
      { body: fileOf(fileId, 'processing') },
      { body: fileOf(fileId, 'completed') },
      { body: { id: fileId, text: 'a,b', rows: [{ a: 1 }], metadata: { pages: 1 } } },
    );
    const id = await start(
      {
        steps: [
          { type: 'file_process', config: { file_id: '{input.file}' } },
          { type: 'log', config: { message: '{filename}: {content}' } },
        ],
      },
      { file: fileId },
    );
    await service.clock.sleeping(1_000);
    service.clock.advance(1_000);
    const execution = await ended(service, user, id);
    expect(execution.steps[0].result).toEqual({
      file_id: fileId,
      filename: 'list.csv',
      characters: 3,
      rows: 1,
      metadata: { pages: 1 },
    });
    expect(execution.steps[1].result).toEqual({ message: 'list.csv: a,b' });
    for (const { headers } of peer.seen) expectDelegated(headers, ['files:read', 'files:write']);
  });

  it('fails with the reason of the file service', async () => {
    const fileId = randomUUID();
    peer.respond({ status: 202, body: fileOf(fileId, 'processing') }, { body: fileOf(fileId, 'failed') });
    const execution = await run({ steps: [{ type: 'file_process', config: { file_id: fileId } }] });
    expect(execution.steps[0].error).toContain('broken row');
  });

  it('runs once per command key, and only with the user’s token', async () => {
    const fileId = randomUUID();
    const command = {
      command: 'process_file',
      idempotency_key: 'process-once',
      tenant_id: user.claims.tenant_id,
      user_id: user.claims.user_id,
      payload: { file_id: fileId },
    };
    expect((await service.serve('/commands', command)).status).toBe(403);
    const stranger = await service.user();
    expect((await service.serve('/commands', command, stranger.token)).status).toBe(403);
    peer.respond({ status: 500 }, { status: 202, body: fileOf(fileId, 'processing') });
    expect((await service.serve('/commands', command, user.token)).status).toBe(502);
    const done = await service.serve('/commands', command, user.token);
    expect(done).toEqual({ status: 200, body: { result: { file_id: fileId, status: 'processing' } } });
    expect(await service.serve('/commands', command, user.token)).toEqual(done);
    expect(peer.seen).toHaveLength(2);
  });
});

it('has a new idempotency key after a rejection, when the execution is retried', async () => {
  peer.respond({ status: 404, body: { error: 'NOT_FOUND' } });
  const config = { base_id: 'appA1b2C3d4E5f6G7', table: 'Orders', fields: { Name: 'A' } };
  const id = await start({ steps: [{ type: 'airtable_create', config }] });
  expect(await ended(service, user, id)).toMatchObject({ status: 'failed' });
  // A service repeats its stored rejection to the first key.
  const record = { id: 'recA1b2C3d4E5f6G7', createdTime: '2025-08-07T12:00:00.000Z', fields: { Name: 'A' } };
  peer.respond({ status: 404, body: { error: 'NOT_FOUND' } }, { body: record });
  expect((await service.call(user, 'POST', `/executions/${id}/retry`, {})).status).toBe(202);
  expect(await ended(service, user, id)).toMatchObject({ status: 'completed', steps: [{ result: record }] });
  const keys = peer.seen.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual([`${id}:0`, `${id}:0`, `${id}:0:1`]);
});
