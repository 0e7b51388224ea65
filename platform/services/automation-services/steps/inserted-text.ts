import { z } from 'zod';

/** A text in a step's configuration. A value of another type, inserted by a placeholder, becomes JSON. */
export function insertedText(schema: z.ZodString) {
  return z.preprocess(
    (value) => (typeof value === 'string' || value === undefined ? value : JSON.stringify(value)),
    schema,
  );
}
