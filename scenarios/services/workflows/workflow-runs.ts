import type { CheckContext } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil, type Waiting } from '../../kit/poll-until.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';

export const workflowCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.automation-services.available', 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'automation-services', 'airtable-gateway'],
  timeoutMs: 60_000,
} as const;

/** Creates a workflow. @returns its id */
export const createWorkflow = async (send: Send, body: object): Promise<string> =>
  textAt(await prepare(send, 'POST', '/api/workflows', { name: 'Checked', ...body }), 'id');

/** Starts a workflow. @returns the id of the execution */
export const startRun = async (send: Send, workflow: string, input: object = {}): Promise<string> =>
  textAt(await prepare(send, 'POST', `/api/workflows/${workflow}/execute`, { input }), 'id');

/** Whether an execution has ended or is paused. */
export const isOver = (execution: unknown): boolean =>
  !['pending', 'running'].includes(textAt(execution, 'status'));

/** The executions of a workflow, oldest first, once there are so many and all have ended or are paused. */
export async function endedRuns(
  context: Waiting,
  send: Send,
  { workflow, number, limitMs }: { workflow: string; number: number; limitMs?: number },
): Promise<unknown[]> {
  const executions = await pollUntil(
    async () => listAt((await send('GET', `/api/workflows/${workflow}/executions`)).json, 'executions'),
    (found) => found.length >= number && found.every(isOver),
    context,
    limitMs,
  );
  return executions.toSorted((a, b) => (textAt(a, 'created_at') < textAt(b, 'created_at') ? -1 : 1));
}

/** Waits until an execution has ended or is paused. */
export async function endOfRun(context: CheckContext, send: Send, id: string, limitMs = 20_000) {
  const json = await pollUntil(
    async () => (await send('GET', `/api/executions/${id}`)).json,
    isOver,
    context,
    limitMs,
  );
  const steps = listAt(json, 'steps');
  return {
    json,
    status: textAt(json, 'status'),
    /** State and number of attempts of each step, e.g. `completed 1`. */
    steps: steps.map((step) => `${textAt(step, 'status')} ${valueAt(step, 'attempts')}`),
    result: (index: number, ...path: (string | number)[]) => valueAt(steps[index], 'result', ...path),
    step: (index: number) => steps[index],
    /** Executed, successful and failed steps. */
    counts: ['steps_executed', 'steps_successful', 'steps_failed'].map((name) => Number(valueAt(json, name))),
  };
}
