import { z } from 'zod';

/** A text in a step's configuration. What a placeholder inserts there may be of any type and becomes JSON. */
export function insertedText(schema: z.ZodString) {
  return z.preprocess(
    (value) => (typeof value === 'string' || value === undefined ? value : JSON.stringify(value)),
    schema,
  );
}
