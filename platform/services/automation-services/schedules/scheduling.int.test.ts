import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import {
  ended,
  type RunningAutomation,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

/** A Monday, half a minute before six. */
const start = '2026-03-02T05:59:30.000Z';
const minuteMs = 60_000;
const minutely = [{ type: 'schedule', cron: '* * * * *' }];

const create = async (...workflow: Parameters<typeof createWorkflow>) =>
  (await createWorkflow(...workflow)).id;

const executionsOf = async (service: RunningAutomation, user: TestUser, id: string) =>
  (await service.call(user, 'GET', `/workflows/${id}/executions?page_size=100`)).body;

describe('a schedule', () => {
  let service: TemporaryAutomation;
  let second: RunningAutomation;
  beforeAll(async () => {
    service = await startTemporaryAutomation({}, start);
    second = await service.another();
  });
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
  });
  const pollBoth = () => Promise.all([service.poll(), second.poll()]);
  /** Advances the clock in steps shorter than a lease, and polls after each step. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10_000) {
      service.clock.advance(Math.min(left, 10_000));
      await pollBoth();
    }
  }

  it('runs each slot once, although two processes poll at the same time', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => service.user()));
    const ids = await Promise.all(
      users.map((user) => create(service, user, { steps: [logStep('tick')], triggers: minutely })),
    );
    for (let round = 0; round < 4; round += 1) {
      service.clock.advance(minuteMs);
      await pollBoth();
      await Promise.all([service.runner.idle(), second.runner.idle()]);
    }
    for (const [index, user] of users.entries()) {
      const { executions, total } = await executionsOf(service, user, ids[index] as string);
      expect(total).toBe(4);
      expect(executions.map((one: { scheduled_for: string }) => one.scheduled_for)).toEqual(
        ['06:03', '06:02', '06:01', '06:00'].map((time) => `2026-03-02T${time}:00.000Z`),
      );
      expect(new Set(executions.map((one: { status: string }) => one.status))).toEqual(
        new Set(['completed']),
      );
    }
  });

  it('skips a slot while its workflow is still running', async () => {
    const user = await service.user();
    const id = await create(service, user, {
      steps: [{ type: 'delay', config: { seconds: 90 } }],
      triggers: minutely,
    });
    await pass(30_000);
    await service.clock.sleeping(90_000);
    await pass(minuteMs);
    expect((await executionsOf(service, user, id)).total).toBe(1);
    await pass(30_000);
    const [first] = (await executionsOf(service, user, id)).executions;
    expect(await ended(service, user, first.id)).toMatchObject({ status: 'completed' });
    await pass(30_000);
    const [next] = (await executionsOf(service, user, id)).executions;
    expect(next).toMatchObject({ scheduled_for: '2026-03-02T06:06:00.000Z' });
    await service.call(user, 'PUT', `/workflows/${id}`, {
      name: 'W',
      steps: [logStep('x')],
      status: 'paused',
    });
    await service.call(user, 'POST', `/executions/${next.id}/cancel`);
  });

  it('does not run while its workflow is paused', async () => {
    const user = await service.user();
    const id = await create(service, user, { steps: [logStep('x')], triggers: minutely, status: 'paused' });
    service.clock.advance(5 * minuteMs);
    await pollBoth();
    expect((await executionsOf(service, user, id)).total).toBe(0);
  });

  it('has no rights of a user, and reports the step that needs them', async () => {
    const user = await service.user();
    const id = await create(service, user, {
      steps: [{ type: 'airtable_create', config: { base_id: 'appA', table: 'T', fields: {} } }],
      triggers: minutely,
    });
    await pass(minuteMs);
    const [summary] = (await executionsOf(service, user, id)).executions;
    const execution = await ended(service, user, summary.id);
    expect(execution).toMatchObject({ status: 'failed', trigger: 'schedule', steps: [{ attempts: 1 }] });
    expect(execution.error).toContain('needs the rights of a user');
  });
});

describe('after every process has ended', () => {
  it('one execution makes up for all missed slots', async () => {
    await using service = await startTemporaryAutomation({}, start);
    const user = await service.user();
    const id = await create(service, user, { steps: [logStep('x')], triggers: minutely });
    await service.kill();
    const later = new ManualClock('2026-03-02T09:30:10.000Z');
    const next = await service.another({ clock: later });
    await next.poll();
    await next.runner.idle();
    expect(await executionsOf(next, user, id)).toMatchObject({
      total: 1,
      executions: [{ scheduled_for: '2026-03-02T06:00:00.000Z', status: 'completed' }],
    });
    expect((await next.call(user, 'GET', `/workflows/${id}`)).body.next_run_at).toBe(
      '2026-03-02T09:31:00.000Z',
    );
  });

  it('a running execution fails as interrupted once its lease has expired', async () => {
    await using service = await startTemporaryAutomation({}, start);
    const user = await service.user();
    const id = await create(service, user, {
      steps: [{ type: 'delay', config: { seconds: 50 } }, logStep('x')],
    });
    const { body } = await service.call(user, 'POST', `/workflows/${id}/execute`);
    await service.clock.sleeping(50_000);
    await service.kill();
    const clock = new ManualClock('2026-03-02T05:59:50.000Z');
    const next = await service.another({ clock });
    await next.poll();
    expect((await next.call(user, 'GET', `/executions/${body.id}`)).body.status).toBe('running');
    clock.advance(20_000);
    await next.poll();
    const execution = (await next.call(user, 'GET', `/executions/${body.id}`)).body;
    expect(execution).toMatchObject({
      status: 'failed',
      steps: [{ status: 'failed' }, { status: 'skipped' }],
    });
    expect(execution.error).toContain('Interrupted');
    expect((await next.call(user, 'GET', `/workflows/${id}`)).body.failed_executions).toBe(1);
  });

  it('another process runs a pending execution that needs no token', async () => {
    await using service = await startTemporaryAutomation({}, start);
    const user = await service.user();
    const slow = await create(service, user, { steps: [{ type: 'delay', config: { seconds: 100 } }] });
    // More than one process runs at the same time for one tenant.
    for (let count = 0; count < 12; count += 1)
      await service.call(user, 'POST', `/workflows/${slow}/execute`);
    const id = await create(service, user, { steps: [logStep('x')] });
    const byHand = (await service.call(user, 'POST', `/workflows/${id}/execute`)).body;
    const command = await service.serve('/commands', {
      command: 'execute_workflow',
      idempotency_key: 'waits',
      tenant_id: user.claims.tenant_id,
      user_id: user.claims.user_id,
      payload: { workflow_id: id },
    });
    await service.kill();
    const next = await service.another({ clock: new ManualClock('2026-03-02T06:10:00.000Z') });
    await next.poll();
    await next.runner.idle();
    const { body } = await next.call(user, 'GET', `/executions/${command.body.result.execution_id}`);
    expect(body.status).toBe('completed');
    expect((await next.call(user, 'GET', `/executions/${byHand.id}`)).body).toMatchObject({
      status: 'failed',
      steps: [{ status: 'skipped' }],
    });
  });
});

it('a process that shuts down fails its running executions with the reason', async () => {
  await using service = await startTemporaryAutomation({}, start);
  const user = await service.user();
  const other = await service.another();
  const id = await create(other, user, { steps: [{ type: 'delay', config: { seconds: 50 } }] });
  const { body } = await other.call(user, 'POST', `/workflows/${id}/execute`);
  await service.clock.sleeping(50_000);
  await other.app.close();
  expect((await service.call(user, 'GET', `/executions/${body.id}`)).body).toMatchObject({
    status: 'failed',
    error: 'Interrupted: the service stopped while this was running',
  });
});

it('an execution cancelled through another process is abandoned at the next poll and writes nothing more', async () => {
  await using service = await startTemporaryAutomation({}, start);
  const user = await service.user();
  const other = await service.another();
  const id = await create(other, user, { steps: [{ type: 'delay', config: { seconds: 50 } }, logStep('x')] });
  const { body } = await other.call(user, 'POST', `/workflows/${id}/execute`);
  await service.clock.sleeping(50_000);
  expect((await service.call(user, 'POST', `/executions/${body.id}/cancel`)).status).toBe(200);
  expect(other.runner.claimed()).toEqual([body.id]);
  await other.poll();
  await other.runner.idle();
  expect((await service.call(user, 'GET', `/executions/${body.id}`)).body).toMatchObject({
    status: 'cancelled',
    steps: [{ status: 'failed' }, { status: 'skipped' }],
  });
});

it('slow executions of one tenant do not block another tenant', async () => {
  await using service = await startTemporaryAutomation({}, start);
  const [greedy, other] = [await service.user(), await service.user()];
  const slow = await create(service, greedy, { steps: [{ type: 'delay', config: { seconds: 3000 } }] });
  for (let count = 0; count < 100; count += 1)
    await service.call(greedy, 'POST', `/workflows/${slow}/execute`);
  const quick = await create(service, other, { steps: [logStep('x')] });
  const { body } = await service.call(other, 'POST', `/workflows/${quick}/execute`);
  expect(await ended(service, other, body.id)).toMatchObject({ status: 'completed' });
});
