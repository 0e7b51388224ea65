import { maxExecutionChain } from '../../../contracts/automation-services/executions.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Transaction } from '../../../kit/postgres/database.ts';

/** Why a workflow does not start in a chain that is too long. */
export const chainTooLong = `Workflows have started each other ${maxExecutionChain} times in a row. They may form a loop.`;

/**
 * Number of executions in a row that have led to a request, 0 for a request of a person. The newest execution of the
 * grant counts: automatic executions of a workflow share one.
 * @param sessionId session or grant of the request
 */
export async function chainBehind(tx: Transaction, sessionId: string): Promise<number> {
  const { rows } = await tx.query<{ depth: number }>(
    `select depth + 1 as depth from automation.executions where grant_id = $1
     order by created_at desc, depth desc limit 1`,
    [sessionId],
  );
  return rows[0]?.depth ?? 0;
}

/** As `chainBehind`. @throws ProblemError `conflict` for a chain that is too long */
export async function allowedChain(tx: Transaction, sessionId: string): Promise<number> {
  const depth = await chainBehind(tx, sessionId);
  if (depth > maxExecutionChain) throw problem('conflict', { message: chainTooLong });
  return depth;
}
