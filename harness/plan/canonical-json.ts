import { createHash } from 'node:crypto';

/**
 * Serializes a value in canonical form: keys sorted by code unit, two spaces of indentation, a final newline.
 * Equal data gives equal bytes, so hashes and repeated judgements can be compared. Keys with an undefined
 * value are omitted.
 * @throws TypeError for values JSON cannot represent: NaN, infinities, functions, dates, class instances.
 */
export function canonicalJson(value: unknown): string {
  return `${write(value, '', '$')}\n`;
}

/** SHA-256 of the UTF-8 bytes, 64 hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Whether two JSON values are equal, regardless of key order. */
export function sameJson(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function write(value: unknown, indent: string, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot represent.`);
    return JSON.stringify(value);
  }
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const items = value.map((item, index) => inner + write(item, inner, `${path}[${index}]`));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (isPlainObject(value)) {
    const entries = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${inner}${JSON.stringify(key)}: ${write(value[key], inner, `${path}.${key}`)}`);
    return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`;
  }
  throw new TypeError(`${path} is not a JSON value.`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
