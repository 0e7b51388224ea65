import { z } from 'zod';
import { Result } from './result.ts';

/** The JSON Schema (2020-12) of `result.json`, to be published beside it. */
export function resultJsonSchema(): Record<string, unknown> {
  return { title: 'Readiness result', ...z.toJSONSchema(Result) };
}
