import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parsePart } from '../../../kit/http/validation.ts';
import type { Secrets } from '../run/run-context.ts';
import type { SagaEngine } from '../run/saga-engine.ts';
import type { SagaKey, SagaRow } from '../store/saga-row.ts';
import type { Template } from '../templates/template.ts';

export interface TemplateStart {
  template: Template;
  key: Omit<SagaKey, 'sagaId'> & { sagaId: string | undefined };
  /** As the caller gave it. */
  input: unknown;
  metadata: Record<string, unknown>;
  token: string | undefined;
}

/**
 * Starts a saga from a template. Secret fields of the input stay in memory.
 * @throws ProblemError `validation_failed` for an input that is not the template's.
 */
export async function startFromTemplate(engine: SagaEngine, start: TemplateStart): Promise<SagaRow> {
  const { template, key, metadata, token } = start;
  const { input } = parsePart('body', z.object({ input: template.input }), { input: start.input });
  const isSecret = (field: string) => template.secretInput?.includes(field) === true;
  const pick = (wanted: boolean) =>
    Object.fromEntries(Object.entries(input).filter(([field]) => isSecret(field) === wanted));
  const secrets: Secrets = { token, input: pick(true) };
  return engine.begin(
    {
      ...key,
      sagaId: key.sagaId ?? randomUUID(),
      definition: template,
      input: pick(false),
      metadata,
    },
    secrets,
  );
}
