import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parsePart } from '../../../kit/http/validation.ts';
import type { SagaAuthority, SagaEngine } from '../run/saga-engine.ts';
import type { SagaKey, SagaRow } from '../store/saga-row.ts';
import type { Template } from './template.ts';

export interface TemplateStart {
  template: Template;
  key: Omit<SagaKey, 'sagaId'> & { sagaId: string | undefined; workspaceId: string | null };
  /** As received, not validated. */
  input: unknown;
  /** Whether the input may have fields that the template does not know, as the data of an event does. */
  hasMoreFields?: boolean;
  metadata: Record<string, unknown>;
  authority: SagaAuthority;
}

/**
 * Starts a saga from a template. Secret fields of the input are stored encrypted, until it has ended.
 * @throws ProblemError `validation_failed` when the input does not match the template
 */
export async function startFromTemplate(
  engine: Pick<SagaEngine, 'begin'>,
  start: TemplateStart,
): Promise<SagaRow> {
  const { template, key, metadata, authority } = start;
  const schema = start.hasMoreFields === true ? template.input : template.input.strict();
  const field = start.hasMoreFields === true ? 'data' : 'input';
  const { [field]: input = {} } = parsePart('body', z.object({ [field]: schema }), { [field]: start.input });
  const isSecret = (field: string) => template.secretInput?.includes(field) === true;
  const pick = (secret: boolean) =>
    Object.fromEntries(Object.entries(input).filter(([field]) => isSecret(field) === secret));
  const sagaId = key.sagaId ?? randomUUID();
  const saga = { ...key, sagaId, definition: template, input: pick(false), secrets: pick(true), metadata };
  return engine.begin(saga, authority);
}
