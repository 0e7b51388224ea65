import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import { createWorkflow, logStep } from '../testing/sample-workflow.ts';
import {
  allEnded,
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
  /** Advances the clock in steps, and polls after each step. */
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
      for (const user of users) await allEnded(service, user);
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

  it('acts for the owner of its workflow, and pauses it with the reason once the owner may not', async () => {
    const user = await service.user();
    const id = await create(service, user, { steps: [logStep('x')], triggers: minutely });
    await pass(minuteMs);
    await allEnded(service, user);
    const [first] = (await executionsOf(service, user, id)).executions;
    expect(first).toMatchObject({ status: 'completed', trigger: 'schedule' });
    service.platform.lose(user.claims.user_id, 'user_deactivated');
    // A token that was made before lives for minutes.
    await pass(5 * minuteMs);
    await allEnded(service, user);
    const [last] = (await executionsOf(service, user, id)).executions;
    expect(last).toMatchObject({
      status: 'failed',
      error: 'The account of this user is deactivated.',
      steps_executed: 0,
    });
    const { body } = await service.call(user, 'GET', `/workflows/${id}`);
    expect(body).toMatchObject({
      status: 'paused',
      paused_reason: 'The account of this user is deactivated.',
      next_run_at: null,
    });
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
    await allEnded(next, user);
    expect(await executionsOf(next, user, id)).toMatchObject({
      total: 1,
      executions: [{ scheduled_for: '2026-03-02T06:00:00.000Z', status: 'completed' }],
    });
    expect((await next.call(user, 'GET', `/workflows/${id}`)).body.next_run_at).toBe(
      '2026-03-02T09:31:00.000Z',
    );
  });

  it('another one continues a running execution where it was, and starts a waiting one', async () => {
    await using service = await startTemporaryAutomation({}, start);
    const user = await service.user();
    const id = await create(service, user, {
      steps: [logStep('first'), { type: 'delay', config: { seconds: 50 } }, logStep('last')],
    });
    const running = (await service.call(user, 'POST', `/workflows/${id}/execute`)).body;
    await service.clock.sleeping(50_000);
    await service.kill();
    const clock = new ManualClock('2026-03-02T05:59:50.000Z');
    const next = await service.another({ clock });
    // The rest of the delay: it began 20 s before.
    await clock.sleeping(30_000);
    clock.advance(30_000);
    const execution = await ended(next, user, running.id);
    expect(execution).toMatchObject({
      status: 'completed',
      started_at: '2026-03-02T05:59:30.000Z',
      steps: [{ attempts: 1, completed_at: '2026-03-02T05:59:30.000Z' }, {}, {}],
    });
  }, 30_000);
});

it('a process that shuts down leaves its running execution to another one', async () => {
  await using service = await startTemporaryAutomation({}, start);
  const user = await service.user();
  const other = await service.another();
  const id = await create(other, user, { steps: [{ type: 'delay', config: { seconds: 50 } }] });
  const { body } = await other.call(user, 'POST', `/workflows/${id}/execute`);
  await service.clock.sleeping(50_000);
  await other.app.close();
  await service.clock.sleeping(50_000);
  service.clock.advance(50_000);
  expect(await ended(service, user, body.id)).toMatchObject({ status: 'completed' });
}, 30_000);

it('an execution cancelled through another process writes nothing more', async () => {
  await using service = await startTemporaryAutomation({}, start);
  const user = await service.user();
  const other = await service.another();
  const id = await create(other, user, { steps: [{ type: 'delay', config: { seconds: 50 } }, logStep('x')] });
  const { body } = await other.call(user, 'POST', `/workflows/${id}/execute`);
  await service.clock.sleeping(50_000);
  expect((await service.call(user, 'POST', `/executions/${body.id}/cancel`)).status).toBe(200);
  service.clock.advance(50_000);
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
