import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';

/** The execution that events are about. */
export interface AnnouncedRun {
  id: string;
  workflowId: string;
  /** Its members hear of the run. */
  workspaceId: string;
  userId: string;
}

/** Tells people how a run proceeds. Call each function after the change is committed. */
export interface RunEvents {
  started(steps: number): void;
  stepStarted(step: number, attempt: number): void;
  stepFinished(step: number, status: 'completed' | 'failed' | 'skipped', error?: string): void;
  finished(status: 'completed' | 'failed' | 'cancelled' | 'paused', error?: string): void;
}

/** Maximum length of a reason in an event, characters. */
const maxReason = 5_000;

const reasonOf = (error: string | undefined) => error?.slice(0, maxReason) ?? null;

export function createRunEvents(
  publish: PublishLiveEvent,
  { id, workflowId, workspaceId, userId }: AnnouncedRun,
): RunEvents {
  const about = { userId, workspaceId, subject: id };
  const run = { run_id: id, workflow_id: workflowId };
  return {
    started: (steps) => publish('workflow.run_started.v1', { ...about, data: { ...run, steps } }),
    stepStarted: (step, attempt) =>
      publish('workflow.step_started.v1', { ...about, data: { ...run, step, attempt } }),
    stepFinished: (step, status, error) =>
      publish('workflow.step_finished.v1', {
        ...about,
        data: { ...run, step, status, error: reasonOf(error) },
      }),
    finished: (status, error) =>
      publish('workflow.run_finished.v1', { ...about, data: { ...run, status, error: reasonOf(error) } }),
  };
}
