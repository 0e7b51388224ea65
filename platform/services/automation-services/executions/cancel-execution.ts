import type { Execution } from '../../../contracts/automation-services/executions.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { endExecution } from './execution-progress.ts';
import { readExecution } from './read-executions.ts';
import type { StartDeps } from './start-execution.ts';

/**
 * Ends an execution as cancelled. If this process runs it, it abandons it at once; another process does so when it
 * next renews its leases. Neither can write anything after the cancellation.
 * @throws ProblemError `not_found`; `conflict` when it has already ended
 */
export async function cancelExecution(
  { database, clock, runner }: StartDeps,
  tenant: Tenant,
  id: string,
): Promise<Execution> {
  const cancelled = await database.withTenant(tenant, async (tx) => {
    const ended = await endExecution(
      tx,
      { id, tenantId: tenant.tenantId },
      { status: 'cancelled', error: 'Cancelled', now: clock.now() },
    );
    const execution = await readExecution(tx, id);
    if (!ended) throw problem('conflict', { message: `The execution is already ${execution.status}.` });
    return execution;
  });
  afterCommit(() => runner.abandon(id));
  return cancelled;
}
