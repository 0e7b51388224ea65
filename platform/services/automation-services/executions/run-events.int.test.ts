import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
} from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
beforeAll(async () => {
  service = await startTemporaryAutomation();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

it('members of the workspace hear how a run proceeds, and recipients of their notifications', async () => {
  const user = await service.user();
  const { body: workflow } = await service.call(user, 'POST', '/workflows', {
    name: 'Announced',
    steps: [
      { type: 'log', config: { message: 'one' } },
      { type: 'conditional', config: { left: 1, operator: 'equals', right: 2, otherwise: 'skip', skip: 1 } },
      { type: 'log', config: { message: 'skipped' } },
      { type: 'notification', config: { subject: 'Hello', body: 'There' } },
      { type: 'log', config: { message: '{step_9_result}' } },
    ],
  });
  const { body: execution } = await service.call(user, 'POST', `/workflows/${workflow.id}/execute`);
  const { status } = await ended(service, user, execution.id);
  const about = service.published.filter(({ subject }) => subject === execution.id);
  const run = { run_id: execution.id, workflow_id: workflow.id };
  const end = about.at(-1);
  expect(end).toMatchObject({
    type: 'workflow.run_finished.v1',
    userId: user.claims.user_id,
    workspaceId: workflow.workspace_id,
    data: { ...run, status },
  });
  const lines = about.map(({ type, data }) => [
    type,
    'step' in data ? data.step : undefined,
    'status' in data ? data.status : undefined,
  ]);
  expect(lines.slice(0, -1).slice(0, 8)).toEqual([
    ['workflow.run_started.v1', undefined, undefined],
    ['workflow.step_started.v1', 0, undefined],
    ['workflow.step_finished.v1', 0, 'completed'],
    ['workflow.step_started.v1', 1, undefined],
    ['workflow.step_finished.v1', 1, 'completed'],
    ['workflow.step_finished.v1', 2, 'skipped'],
    ['workflow.step_started.v1', 3, undefined],
    ['workflow.step_finished.v1', 3, 'completed'],
  ]);
  const [notification] = service.published.filter(({ type }) => type === 'notification.created.v1');
  expect(notification).toMatchObject({
    userId: user.claims.user_id,
    data: { subject: 'Hello', body: 'There' },
  });
});

it('members of the workspace hear of a cancelled run', async () => {
  const user = await service.user();
  const { body: workflow } = await service.call(user, 'POST', '/workflows', {
    name: 'Long',
    steps: [{ type: 'delay', config: { seconds: 60 } }],
  });
  const { body: execution } = await service.call(user, 'POST', `/workflows/${workflow.id}/execute`);
  expect((await service.call(user, 'POST', `/executions/${execution.id}/cancel`)).status).toBe(200);
  const ends = service.published.filter(
    ({ subject, type }) => subject === execution.id && type === 'workflow.run_finished.v1',
  );
  expect(ends.map(({ data }) => data)).toEqual([
    { run_id: execution.id, workflow_id: workflow.id, status: 'cancelled', error: 'Cancelled' },
  ]);
});
