import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
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
    AIRTABLE_GATEWAY_URL: peer.url,
    LLM_ORCHESTRATOR_URL: peer.url,
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

const record = { id: 'recA1b2C3d4E5f6G7', createdTime: '2026-03-02T06:00:00.000Z', fields: {} };
const createItem = {
  type: 'airtable_create',
  config: { base_id: 'appA', table: 'T', fields: { Name: '{loop_item.name}', Place: '{loop_index}' } },
};
const forEach = (step: object, more: object = {}) => ({
  type: 'for_each',
  config: { items: '{input.items}', step, ...more },
});
const log = (message: string) => ({ type: 'log', config: { message } });

it('does a step for each item, with a key of its own and the scopes of the step', async () => {
  peer.respond({ body: record });
  const execution = await runWorkflow(service, user, {
    steps: [forEach(createItem)],
    input: { items: [{ name: 'a' }, { name: 'b' }] },
  });
  expect(execution.steps[0]).toMatchObject({
    status: 'completed',
    result: { count: 2, results: [record, record] },
  });
  expect(peer.seen.map(({ body, headers }) => [body, headers['idempotency-key']])).toEqual([
    [{ fields: { Name: 'a', Place: 0 }, typecast: false }, `${execution.id}:0.0`],
    [{ fields: { Name: 'b', Place: 1 }, typecast: false }, `${execution.id}:0.1`],
  ]);
  expect([...service.platform.created.values()].at(-1)?.scopes).toEqual(['data.records:write']);
});

it('repeats only what did not complete in an attempt before', async () => {
  peer.respond({ body: record }, { status: 503 }, { body: record });
  const id = await startWorkflow(service, user, {
    steps: [forEach(createItem)],
    input: { items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
  });
  await service.clock.sleeping(1_000);
  service.clock.advance(1_000);
  expect(await ended(service, user, id)).toMatchObject({ status: 'completed', steps: [{ attempts: 2 }] });
  expect(peer.seen.map(({ headers }) => headers['idempotency-key'])).toEqual(
    [0, 1, 1, 2].map((place) => `${id}:0.${place}`),
  );
});

it('names the item at which a loop fails, and begins none after it', async () => {
  const execution = await runWorkflow(service, user, {
    steps: [forEach(log('{step_7_result}'), { at_once: 2 })],
    input: { items: [1, 2, 3] },
  });
  expect(execution).toMatchObject({
    status: 'failed',
    steps: [{ attempts: 1, error: '0: {step_7_result}: step 7 has no result' }],
  });
});

it('rejects more than 100 items', async () => {
  const execution = await runWorkflow(service, user, {
    steps: [forEach(log('x'))],
    input: { items: Array.from({ length: 101 }, () => 1) },
  });
  expect(execution.steps[0].error).toMatch(/^config\.items: /);
});

it('does parallel steps and gives their results in order', async () => {
  const transform = { type: 'data_transform', config: { expression: 'input.a' } };
  const execution = await runWorkflow(service, user, {
    steps: [
      { type: 'parallel', config: { steps: [log('{input.a}'), transform] } },
      log('{step_0_result.results}'),
    ],
    input: { a: 7 },
  });
  expect(execution.steps).toMatchObject([
    { status: 'completed', result: { results: [{ message: '7' }, 7] } },
    { result: { message: '[{"message":"7"},7]' } },
  ]);
});

it.each([
  [
    'an unknown field of a nested step',
    forEach({ type: 'log', config: { message: 'x', color: 'red' } }),
    ['step', 'config', 'color'],
  ],
  ['a loop in a loop', forEach(forEach(log('x'))), ['step', 'type']],
  ['one parallel step', { type: 'parallel', config: { steps: [log('x')] } }, ['steps']],
  [
    'an invalid expression in a parallel step',
    {
      type: 'parallel',
      config: { steps: [log('x'), { type: 'data_transform', config: { expression: '[' } }] },
    },
    ['steps', 1, 'config', 'expression'],
  ],
])('rejects %s when the workflow is saved', async (_what, step, path) => {
  const { status, body } = await service.call(user, 'POST', '/workflows', { name: 'W', steps: [step] });
  expect(status).toBe(422);
  expect(body.details.map(({ loc }: { loc: unknown }) => loc)).toEqual([
    ['body', 'steps', 0, 'config', ...path],
  ]);
});

it('asks the language model in a conversation of the step', async () => {
  const cost = {
    model: 'gemini-2.5-flash',
    input_tokens: 1,
    output_tokens: 2,
    thinking_tokens: 0,
    input_cost: '0.000001',
    output_cost: '0.000001',
    thinking_cost: '0.000000',
    total_cost: '0.000002',
    response_time_ms: 1,
    budget_warnings: [],
  };
  const sessionId = randomUUID();
  peer.respond({
    body: {
      response: 'Hi',
      tools_used: [],
      session_id: sessionId,
      timestamp: record.createdTime,
      cost_info: cost,
    },
  });
  const execution = await runWorkflow(service, user, {
    steps: [{ type: 'llm_prompt', config: { prompt: 'Greet {input.name}' } }],
    input: { name: 'Ada' },
  });
  expect(execution.steps[0]).toMatchObject({ error: null, result: { response: 'Hi', cut_short: false } });
  expect(peer.seen).toMatchObject([
    { path: '/chat', body: { message: 'Greet Ada', workspace_id: user.claims.tenant_id } },
  ]);
  expect(peer.seen[0]?.headers['idempotency-key']).toBe(`${execution.id}:0`);
  expect([...service.platform.created.values()].at(-1)?.scopes).toEqual(['assistant:use']);
});
