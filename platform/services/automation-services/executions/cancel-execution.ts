import type { Execution } from '../../../contracts/automation-services/executions.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant } from '../../../kit/postgres/database.ts';
import { endExecution } from './execution-progress.ts';
import { readExecution } from './executions.ts';
import type { StartDeps } from './start-execution.ts';

/**
 * Ends an execution as cancelled. This process drops it at once, another one within its next look at its leases;
 * from the cancellation on neither can write anything more.
 * @throws ProblemError `not_found`; `conflict` when it has ended already
 */
export async function cancelExecution(
  { database, clock, runner }: StartDeps,
  who: Tenant,
  id: string,
): Promise<Execution> {
  const cancelled = await database.withTenant(who, async (tx) => {
    const ended = await endExecution(
      tx,
      { id, tenantId: who.tenantId },
      { status: 'cancelled', error: 'Cancelled', now: clock.now() },
    );
    const execution = await readExecution(tx, id);
    if (!ended) throw problem('conflict', { message: `The execution is ${execution.status} already.` });
    return execution;
  });
  runner.drop(id);
  return cancelled;
}
