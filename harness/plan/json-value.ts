import { z } from 'zod';
import { isPlainObject } from './plain-object.ts';

type Json = z.core.util.JSONType;

/**
 * Any JSON value. Unlike `z.json()` it does not refer to itself, so schemas with it can be compiled, and it does not copy
 * the value. In a JSON Schema it is `{}`, which also allows every value.
 */
export const JsonValue = z.unknown().refine(isJson, 'must be a JSON value') as unknown as z.ZodType<Json>;

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  // `every` skips holes; this reads them as undefined.
  if (Array.isArray(value)) return [...value].every(isJson);
  return isPlainObject(value) && Object.values(value).every(isJson);
}
