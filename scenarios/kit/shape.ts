import type { z } from 'zod';
import type { Json } from '../../harness/engine/index.ts';

/** Maximum number of deviations listed. One wrong type in a long list would fill the report. */
const listed = 20;

/**
 * How a JSON value differs from its contract: values that the schema rejects, and fields that it does not declare.
 * Undeclared fields leak internals.
 * @returns one sentence per deviation; empty when the value is as declared.
 */
export function deviationsFrom(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return parsed.error.issues
      .slice(0, listed)
      .map(({ path, message }) => `${path.length === 0 ? 'the body' : path.join('.')}: ${message}`);
  }
  const undeclared: string[] = [];
  collectUndeclared(value, parsed.data, '', undeclared);
  return undeclared.slice(0, listed);
}

function collectUndeclared(value: unknown, declared: unknown, at: string, found: string[]): void {
  if (Array.isArray(value) && Array.isArray(declared)) {
    for (const [index, item] of value.entries()) {
      collectUndeclared(item, declared[index], at === '' ? `${index}` : `${at}.${index}`, found);
    }
  } else if (isRecord(value) && isRecord(declared)) {
    for (const [key, item] of Object.entries(value)) {
      const path = at === '' ? key : `${at}.${key}`;
      if (key in declared) collectUndeclared(item, declared[key], path, found);
      else found.push(`${path}: not declared in the contract`);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of a JSON body, or undefined. */
export function valueAt(json: unknown, ...path: readonly (string | number)[]): unknown {
  let current: unknown = json;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** The text at a path of a JSON body. Empty when there is none, so that comparisons fail instead of throwing. */
export function textAt(json: unknown, ...path: readonly (string | number)[]): string {
  const value = valueAt(json, ...path);
  return typeof value === 'string' ? value : '';
}

/** The texts of one field of all objects in a list of a JSON document; empty where there is no list. */
export function textsAt(json: unknown, list: string, field: string): string[] {
  const found = valueAt(json, list);
  return Array.isArray(found) ? found.map((one) => textAt(one, field)) : [];
}

/** The list at a path of a body, or an empty one. */
export function listAt(json: unknown, ...path: (string | number)[]): unknown[] {
  const found = valueAt(json, ...path);
  return Array.isArray(found) ? found : [];
}

/** A value that may be absent, as an observation. */
export const asJson = (value: unknown): Json => (value ?? null) as Json;
