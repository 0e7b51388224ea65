import type { Json } from '../../../../harness/engine/index.ts';

/** What a generator made of the documents: those that it rejected, and errors of compiling or importing the clients. */
export interface Generated {
  rejected: Json;
  errors: Json;
}

/** Whether a generator took all documents without a finding. */
export function isClean(made: Json): boolean {
  const { rejected, errors } = (made ?? {}) as Partial<Generated>;
  return [rejected, errors].every((list) => Array.isArray(list) && list.length === 0);
}
