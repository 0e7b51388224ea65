import type { Engine } from './engine.ts';

/** Runs deleted at a time. */
const batch = 200;

/** Deletes what the engine remembers of runs that ended more than `keepMs` milliseconds ago. */
export async function forgetEnded({ DBOS }: Engine, keepMs: number): Promise<void> {
  for (;;) {
    const ended = await DBOS.listWorkflows({
      status: ['SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'],
      completedBefore: new Date(Date.now() - keepMs).toISOString(),
      limit: batch,
      loadInput: false,
      loadOutput: false,
    });
    if (ended.length === 0) return;
    await DBOS.deleteWorkflows(ended.map(({ workflowID }) => workflowID));
    if (ended.length < batch) return;
  }
}
