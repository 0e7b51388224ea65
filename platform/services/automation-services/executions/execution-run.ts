import type { Durable, RunIds } from '../../../kit/durable/durable.ts';
import { nobody } from '../../../kit/erasure/erased-table.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** An execution, as one of its runs works on it. */
export interface RunningExecution {
  id: string;
  /** Without its user, whom the row of the execution names. */
  tenant: Tenant;
  /** Which continuation it is. */
  generation: number;
}

/** Name of the durable workflow of an execution. */
export const executionWorkflowName = 'execution';

/** Id of the durable run of a continuation. */
export const durableIdOf = ({ id, generation }: Pick<RunningExecution, 'id' | 'generation'>) =>
  `${id}:${generation}`;

export const runningOf = ({ id, tenant, generation }: RunIds): RunningExecution => ({
  id: id as string,
  tenant: { tenantId: tenant as string, userId: nobody.id },
  generation: Number(generation),
});

/**
 * Queues a run of an execution in the transaction that stores or continues it. The run does not name the user: earlier
 * runs of an execution that another user has continued would keep the id of a deleted account.
 */
export function queueExecution(
  tx: Transaction,
  durable: Durable,
  { id, tenantId, generation }: { id: string; tenantId: string; generation: number },
): Promise<void> {
  return durable.startIn(tx, executionWorkflowName, durableIdOf({ id, generation }), {
    id,
    tenant: tenantId,
    generation: String(generation),
  });
}
