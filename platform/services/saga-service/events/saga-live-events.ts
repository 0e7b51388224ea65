import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { SagaTaken } from '../run/saga-signals.ts';
import type { Journal } from '../store/journal.ts';
import type { JournalEntry } from '../store/journal-entry.ts';

/** What the events of a saga name. */
interface AnnouncedSaga {
  saga_id: string;
  type: string | null;
  started_by: string;
  /** Absent or null: only the user who started it hears of it. */
  workspace_id?: string | null;
}

const stepEnds: Readonly<
  Record<string, 'completed' | 'failed' | 'skipped' | 'compensated' | 'compensation_failed'>
> = {
  step_completed: 'completed',
  step_failed: 'failed',
  step_skipped: 'skipped',
  step_compensated: 'compensated',
  step_compensation_failed: 'compensation_failed',
};

type EndStatus = Exclude<SagaStatus, 'pending' | 'running' | 'compensating'>;

function isEnd(status: SagaStatus | undefined): status is EndStatus {
  return status !== undefined && status !== 'pending' && status !== 'running' && status !== 'compensating';
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 5_000) : null);

/**
 * Tells people about an entry of a saga's journal. Call it after the entry is committed.
 * @param steps number of steps of the saga
 */
function publishSagaEntry(
  publish: PublishLiveEvent,
  saga: AnnouncedSaga,
  { entry, steps }: { entry: Pick<JournalEntry, 'event' | 'saga'>; steps: number },
): void {
  const { type, data } = entry.event;
  const about = { userId: saga.started_by, workspaceId: saga.workspace_id, subject: saga.saga_id };
  const named = { saga_id: saga.saga_id, saga_type: saga.type };
  const error = text(entry.saga?.error ?? data.error ?? data.reason);
  const stepEnd = stepEnds[type];
  if (type === 'saga_running') publish('saga.started.v1', { ...about, data: { ...named, steps } });
  if (stepEnd !== undefined) {
    const step_id = text(data.step_id) ?? '';
    publish('saga.step_finished.v1', { ...about, data: { ...named, step_id, status: stepEnd, error } });
  }
  const status = entry.saga?.status;
  if (type === 'compensation_started')
    publish('saga.compensation_started.v1', { ...about, data: { ...named, error } });
  if (isEnd(status)) publish('saga.finished.v1', { ...about, data: { ...named, status, error } });
}

/** A journal that tells people about every entry, after it is committed. */
export function announceEntries(journal: Journal, publish: PublishLiveEvent): Journal {
  // By execution: another one that takes the saga reads it again.
  const known = new Map<string, { saga: AnnouncedSaga; steps: number }>();
  return {
    ...journal,
    async take(held) {
      const taken = await journal.take(held);
      if (taken !== undefined) known.set(held.holder, { saga: taken.saga, steps: taken.steps.length });
      return taken;
    },
    async park(held, position) {
      const event = await journal.park(held, position);
      if (event === undefined) known.delete(held.holder);
      return event;
    },
    async record(held, entry, following = []) {
      try {
        const reason = await journal.record(held, entry, following);
        const about = known.get(held.holder);
        for (const recorded of reason === null ? [entry, ...following] : [entry]) {
          if (about !== undefined)
            publishSagaEntry(publish, about.saga, { entry: recorded, steps: about.steps });
          if (isEnd(recorded.saga?.status)) known.delete(held.holder);
        }
        return reason;
      } catch (error) {
        if (error instanceof SagaTaken) known.delete(held.holder);
        throw error;
      }
    },
  };
}
