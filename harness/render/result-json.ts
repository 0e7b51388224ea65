import type { Result } from '../judge/result.ts';
import { resultJsonSchema } from '../judge/result-schema.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { renderFailed } from './render-error.ts';

/**
 * `result.json`: equal results give equal bytes.
 * @throws ReadinessError `render-failed`
 */
export function renderResultJson(result: Result): string {
  return canonical('result.json', () => result);
}

/**
 * `result.schema.json`, the JSON Schema of `result.json`.
 * @throws ReadinessError `render-failed`
 */
export function renderResultSchema(): string {
  return canonical('result.schema.json', resultJsonSchema);
}

function canonical(name: string, value: () => unknown): string {
  try {
    return canonicalJson(value());
  } catch (cause) {
    throw renderFailed(name, cause);
  }
}
