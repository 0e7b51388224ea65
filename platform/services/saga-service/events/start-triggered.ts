import { createHash } from 'node:crypto';
import type { NewEvent } from '../../../kit/events/publish-event.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { SagaAuthority, SagaEngine } from '../run/saga-engine.ts';
import { templates } from '../templates/catalogue.ts';
import { startFromTemplate } from '../templates/start-from-template.ts';

/** An event that may start sagas. */
export type Trigger = Pick<NewEvent, 'type' | 'tenantId' | 'userId' | 'data'> & {
  workspaceId: string | null;
};

/** One id per template and user, however often the event is published: a version 8 UUID of their hash. */
function sagaIdOf({ tenantId, userId }: Trigger, template: string): string {
  const hash = createHash('sha256').update(`${template} ${tenantId} ${userId}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/**
 * Starts the templates that an event triggers, each once per user.
 * @throws ProblemError `validation_failed` when the data does not match a template; those of `SagaEngine.begin` except
 * `conflict`: an event with other data has started the saga before
 */
export async function startTriggered(
  engine: Pick<SagaEngine, 'begin'>,
  event: Trigger,
  authority: SagaAuthority,
): Promise<void> {
  const { tenantId, userId, workspaceId, data } = event;
  for (const template of templates) {
    if (template.trigger !== event.type) continue;
    try {
      await startFromTemplate(engine, {
        template,
        key: { tenantId, userId, sagaId: sagaIdOf(event, template.type), workspaceId },
        input: data,
        hasMoreFields: true,
        metadata: { trigger: template.trigger },
        authority,
      });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'conflict') throw error;
    }
  }
}
