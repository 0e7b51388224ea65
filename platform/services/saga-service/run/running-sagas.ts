import type { Log } from '../../../kit/observe/log.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { Journal } from '../store/journal.ts';
import type { SagaKey } from '../store/saga-row.ts';
import type { SagaRun } from './saga-run.ts';
import { StopRequested } from './saga-signals.ts';

type Key = Pick<SagaKey, 'tenantId' | 'sagaId'>;

/** The sagas that this process executes now. */
export interface RunningSagas {
  add(run: SagaRun): void;
  delete(run: SagaRun): void;
  /** Looks whether the end of a saga was requested, and stops it then. */
  check(key: Key): void;
  /** Looks at all of them, since a notification may have been lost. */
  checkAll(): void;
}

export function createRunningSagas(options: {
  journal: Pick<Journal, 'stopReason'>;
  log: Log;
  onCount(count: number): void;
}): RunningSagas {
  const { journal, log, onCount } = options;
  const running = new Set<SagaRun>();

  async function stopIfRequested(run: SagaRun): Promise<void> {
    try {
      const reason = await journal.stopReason(run.held);
      if (reason !== null) run.stop.abort(new StopRequested(reason));
    } catch (error) {
      log.warn({ err: describeFailure(error) }, 'changes of a saga could not be read');
    }
  }

  return {
    add(run) {
      running.add(run);
      onCount(running.size);
    },
    delete(run) {
      running.delete(run);
      onCount(running.size);
    },
    check({ tenantId, sagaId }) {
      for (const run of running)
        if (run.held.sagaId === sagaId && run.held.tenantId === tenantId) void stopIfRequested(run);
    },
    checkAll() {
      for (const run of running) void stopIfRequested(run);
    },
  };
}
