import { z } from 'zod';
import { Result } from './result.ts';

/** The JSON Schema (2020-12) of `result.json`, published next to it. */
export function resultJsonSchema(): Record<string, unknown> {
  return { title: 'Readiness result', ...z.toJSONSchema(Result) };
}
