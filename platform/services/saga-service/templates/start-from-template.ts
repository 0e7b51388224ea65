import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parsePart } from '../../../kit/http/validation.ts';
import type { SagaEngine } from '../run/saga-engine.ts';
import type { SagaSecrets } from '../run/saga-run.ts';
import type { SagaKey, SagaRow } from '../store/saga-row.ts';
import type { Template } from './template.ts';

export interface TemplateStart {
  template: Template;
  key: Omit<SagaKey, 'sagaId'> & { sagaId: string | undefined };
  /** As received, not validated. */
  input: unknown;
  /** Whether the input may have fields that the template does not know, as the data of an event does. */
  hasMoreFields?: boolean;
  metadata: Record<string, unknown>;
  token: string | undefined;
}

/**
 * Starts a saga from a template. Secret fields of the input are kept in memory only.
 * @throws ProblemError `validation_failed` when the input does not match the template
 */
export async function startFromTemplate(engine: SagaEngine, start: TemplateStart): Promise<SagaRow> {
  const { template, key, metadata, token } = start;
  const schema = start.hasMoreFields === true ? template.input : template.input.strict();
  const { input } = parsePart('body', z.object({ input: schema }), { input: start.input });
  const isSecret = (field: string) => template.secretInput?.includes(field) === true;
  const pick = (secret: boolean) =>
    Object.fromEntries(Object.entries(input).filter(([field]) => isSecret(field) === secret));
  const secrets: SagaSecrets = { token, input: pick(true) };
  const sagaId = key.sagaId ?? randomUUID();
  return engine.begin({ ...key, sagaId, definition: template, input: pick(false), metadata }, secrets);
}
