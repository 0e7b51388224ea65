import { type Answer, ended, type RunningAutomation, type TestUser } from './temporary-automation.ts';

/** A step that has no effect but a line in the log of its execution. */
export const logStep = (message: string) => ({ type: 'log', config: { message } });

function assertStatus(answer: Answer, status: number, what: string): void {
  if (answer.status !== status)
    throw new Error(`${what} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** Creates a workflow through the service. @throws Error when it is refused */
export async function createWorkflow(
  service: RunningAutomation,
  user: TestUser,
  input: object,
): Promise<{ id: string; version: number }> {
  const answer = await service.call(user, 'POST', '/workflows', { name: 'W', ...input });
  assertStatus(answer, 201, 'creating a workflow');
  return answer.body;
}

/** Creates a workflow and begins to run it; resolves with the id of the execution. */
export async function beginWorkflow(
  service: RunningAutomation,
  user: TestUser,
  { input = {}, ...workflow }: { input?: object; [field: string]: unknown },
): Promise<string> {
  const { id } = await createWorkflow(service, user, workflow);
  const answer = await service.call(user, 'POST', `/workflows/${id}/execute`, { input });
  assertStatus(answer, 202, 'running a workflow');
  return answer.body.id;
}

/** Creates a workflow and runs it to its end; resolves with the execution. */
export async function runWorkflow(
  service: RunningAutomation,
  user: TestUser,
  workflow: { input?: object; [field: string]: unknown },
): Promise<Answer['body']> {
  return ended(service, user, await beginWorkflow(service, user, workflow));
}
