import type { Durable, RunIds } from '../../../kit/durable/durable.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** An execution, as one of its runs works on it. */
export interface RunningExecution {
  id: string;
  tenant: Tenant;
  /** Which continuation it is. */
  generation: number;
}

/** Name of the durable workflow of an execution. */
export const executionWorkflowName = 'execution';

/** Id of the durable run of a continuation. */
export const durableIdOf = ({ id, generation }: Pick<RunningExecution, 'id' | 'generation'>) =>
  `${id}:${generation}`;

export const runningOf = ({ id, tenant, user, generation }: RunIds): RunningExecution => ({
  id: id as string,
  tenant: { tenantId: tenant as string, userId: user as string },
  generation: Number(generation),
});

/** Queues a run of an execution in the transaction that stores or continues it. */
export function queueExecution(tx: Transaction, durable: Durable, run: RunningExecution): Promise<void> {
  const { id, tenant, generation } = run;
  return durable.startIn(tx, executionWorkflowName, durableIdOf(run), {
    id,
    tenant: tenant.tenantId,
    user: tenant.userId,
    generation: String(generation),
  });
}
