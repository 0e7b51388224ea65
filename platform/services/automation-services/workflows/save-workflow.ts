import { randomUUID } from 'node:crypto';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { scopesOfSteps } from '../authority/scopes-of-steps.ts';
import type { StartDeps } from '../executions/start-execution.ts';
import { checkWorkflow } from './check-workflow.ts';
import { listens } from './record-watches.ts';
import { insertWorkflow, type NewWorkflow, replaceWorkflow, type StoredWorkflow } from './workflows.ts';

interface Saved {
  workspaceId: string;
  /** Access token of the user who saves it. */
  token: string;
  input: NewWorkflow;
}

/**
 * The grant by which a workflow acts for the user who saves it. A workflow that only starts by hand needs none: each of
 * its executions acts for the user who starts it.
 */
async function grantFor(
  { kinds, grants }: StartDeps,
  id: string,
  { workspaceId, token, input }: Saved,
): Promise<string | null> {
  if (input.triggers.every(({ type }) => type === 'manual')) return null;
  return grants.create({
    token,
    runId: id,
    purpose: `Run the workflow ${input.name}`,
    workspaceId,
    scopes: (await scopesOfSteps(input.steps, kinds)) ?? [],
  });
}

/**
 * Creates a workflow of a user, with its grant.
 * @param within more work in the transaction that stores it
 * @throws ProblemError `validation_failed`; PeerProblem when the grant cannot be made
 */
export async function createWorkflow(
  deps: StartDeps,
  tenant: Tenant,
  saved: Saved & { within?: (tx: Transaction, workflow: StoredWorkflow) => Promise<void> },
): Promise<StoredWorkflow> {
  const { input, workspaceId } = saved;
  const now = deps.clock.now();
  await checkWorkflow(input, { kinds: deps.kinds, now });
  const id = randomUUID();
  const grantId = await grantFor(deps, id, saved);
  try {
    return await deps.database.withTenant(tenant, async (tx) => {
      const workflow = await insertWorkflow(tx, tenant, { id, workspaceId, input, grantId, now });
      await deps.watches.update(tx, tenant, input.triggers);
      await saved.within?.(tx, workflow);
      return workflow;
    });
  } catch (error) {
    deps.grants.endAfter(error, tenant.tenantId, grantId);
    throw error;
  }
}

/**
 * Replaces a workflow. It acts for the user who does so from now on: otherwise an editor could do with the rights of the
 * owner what the editor may not.
 * @throws ProblemError `validation_failed`, `not_found`, `conflict`; PeerProblem when the grant cannot be made
 */
export async function changeWorkflow(
  deps: StartDeps,
  tenant: Tenant,
  saved: Saved & { id: string; expectedVersion: number | undefined },
): Promise<StoredWorkflow> {
  const { id, input, expectedVersion } = saved;
  const now = deps.clock.now();
  await checkWorkflow(input, { kinds: deps.kinds, now });
  const grantId = await grantFor(deps, id, saved);
  try {
    const { workflow, former } = await replaceWorkflow(deps.database, tenant, {
      id,
      input,
      grantId,
      expectedVersion,
      now,
      within: (tx) => deps.watches.update(tx, tenant, input.triggers),
    });
    afterCommit(() => deps.grants.end(tenant.tenantId, former.grant_id));
    if (listens(former.triggers) && !listens(input.triggers)) afterCommit(() => deps.watches.shrink(tenant));
    return workflow;
  } catch (error) {
    deps.grants.endAfter(error, tenant.tenantId, grantId);
    throw error;
  }
}
