import { randomBytes } from 'node:crypto';
import { removeAbandonedRuns } from '../folders/abandoned-runs.ts';
import { createVolatileFolder } from '../folders/volatile-folder.ts';
import { runMark, startReaper } from '../reaper/reaper.ts';

/**
 * Vitest calls this before the integration tests, and what it returns after them. The processes that tests start
 * carry the mark of the test run, and their stores lie in its folder, so the reaper ends and removes all of them: when
 * the run is over, and when it is killed. Without that, one process that a failed test leaves behind would hold the
 * output of its worker open, and Vitest would wait for it without end.
 */
export async function setup(): Promise<() => Promise<void>> {
  await removeAbandonedRuns();
  const runId = `tests-${process.pid}-${randomBytes(2).toString('hex')}`;
  const reaper = startReaper({ runId });
  const folder = await createVolatileFolder({ runId, reaper });
  process.env[runMark] = runId;
  process.env.TEST_STORES_FOLDER = folder.path;
  return async () => {
    await reaper[Symbol.asyncDispose]();
    delete process.env[runMark];
    delete process.env.TEST_STORES_FOLDER;
  };
}
