import { randomUUID } from 'node:crypto';
import type { Execution } from '../../../contracts/automation-services/executions.ts';
import type { Workflow } from '../../../contracts/automation-services/workflows.ts';
import type { Durable } from '../../../kit/durable/durable.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { scopesOfSteps } from '../authority/scopes-of-steps.ts';
import type { WorkflowGrants } from '../authority/workflow-grants.ts';
import type { StepKinds } from '../steps/step-kinds.ts';
import type { RecordWatches } from '../workflows/record-watches.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { allowedChain } from './execution-chain.ts';
import { insertExecution } from './insert-execution.ts';
import { readExecution } from './read-executions.ts';

export interface StartDeps {
  database: Database;
  clock: Clock;
  durable: Durable;
  grants: WorkflowGrants;
  watches: RecordWatches;
  kinds: StepKinds;
  publishLive: PublishLiveEvent;
}

export interface Start {
  workflowId: string;
  trigger: Execution['trigger'];
  input: Record<string, unknown>;
  /** Session or grant of the request; undefined for one without a user's token. */
  sessionId: string | undefined;
}

/** The grant of one execution: it ends with the execution. */
export interface ExecutionGrant {
  executionId: string;
  /** Null if no step needs rights, or nobody has given them. */
  grantId: string | null;
}

/**
 * Makes the grant by which an execution acts for the user of a token, before it is stored.
 * @throws ProblemError `not_found`; PeerProblem
 */
export async function grantExecution(
  deps: StartDeps,
  {
    workflow,
    token,
    executionId = randomUUID(),
  }: {
    workflow: Pick<Workflow, 'name' | 'steps' | 'workspace_id'>;
    token: string | undefined;
    executionId?: string;
  },
): Promise<ExecutionGrant> {
  const scopes = await scopesOfSteps(workflow.steps, deps.kinds);
  if (token === undefined || scopes === undefined) return { executionId, grantId: null };
  const grantId = await deps.grants.create({
    token,
    runId: executionId,
    purpose: `Run the workflow ${workflow.name}`,
    workspaceId: workflow.workspace_id,
    scopes,
  });
  return { executionId, grantId };
}

/**
 * Stores an execution in the caller's transaction.
 * @throws ProblemError `not_found`; `conflict` for an inactive workflow, and in a chain that is too long; `rate_limited`
 */
export async function storeExecution(
  tx: Transaction,
  { tenant, durable }: { tenant: Tenant; durable: Durable },
  { start, granted, now }: { start: Start; granted: ExecutionGrant; now: Date },
): Promise<Execution> {
  const workflow = await readWorkflow(tx, start.workflowId);
  if (workflow.status === 'inactive') throw problem('conflict', { message: 'The workflow is inactive.' });
  const id = await insertExecution(
    tx,
    { tenant, durable },
    {
      id: granted.executionId,
      workflow,
      trigger: start.trigger,
      input: start.input,
      grantId: granted.grantId,
      depth: start.sessionId === undefined ? 0 : await allowedChain(tx, start.sessionId),
      now,
    },
  );
  if (id === undefined) throw new Error('an execution without a trigger key is always new');
  return readExecution(tx, id);
}

/** Starts an execution of a workflow for the user of the token. @throws ProblemError as `storeExecution` does */
export async function startExecution(
  deps: StartDeps,
  tenant: Tenant,
  { token, ...start }: Start & { token: string },
): Promise<Execution> {
  const { database, clock, durable } = deps;
  const workflow = await database.withTenant(tenant, (tx) => readWorkflow(tx, start.workflowId));
  if (workflow.status === 'inactive') throw problem('conflict', { message: 'The workflow is inactive.' });
  const granted = await grantExecution(deps, { workflow, token });
  try {
    return await database.withTenant(tenant, (tx) =>
      storeExecution(tx, { tenant, durable }, { start, granted, now: clock.now() }),
    );
  } catch (error) {
    deps.grants.endAfter(error, tenant.tenantId, granted.grantId);
    throw error;
  }
}
