import { ended, type RunningAutomation, type TestResponse, type TestUser } from './temporary-automation.ts';

/** A step that only writes to the log of its execution. */
export const logStep = (message: string) => ({ type: 'log', config: { message } });

function assertStatus({ status, body }: TestResponse, expected: number, what: string): void {
  if (status !== expected) throw new Error(`${what}: status ${status}, ${JSON.stringify(body)}`);
}

/** Creates a workflow through the service. @throws Error when it is rejected */
export async function createWorkflow(
  service: RunningAutomation,
  user: TestUser,
  input: object,
): Promise<{ id: string; version: number }> {
  const response = await service.call(user, 'POST', '/workflows', { name: 'W', ...input });
  assertStatus(response, 201, 'creating a workflow');
  return response.body;
}

/** Creates a workflow and starts it. @returns the id of the execution */
export async function startWorkflow(
  service: RunningAutomation,
  user: TestUser,
  { input = {}, ...workflow }: { input?: object; [field: string]: unknown },
): Promise<string> {
  const { id } = await createWorkflow(service, user, workflow);
  const response = await service.call(user, 'POST', `/workflows/${id}/execute`, { input });
  assertStatus(response, 202, 'running a workflow');
  return response.body.id;
}

/** Creates a workflow and runs it to its end. @returns the execution */
export async function runWorkflow(
  service: RunningAutomation,
  user: TestUser,
  workflow: { input?: object; [field: string]: unknown },
): Promise<TestResponse['body']> {
  return ended(service, user, await startWorkflow(service, user, workflow));
}
