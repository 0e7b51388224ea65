import { createHash } from 'node:crypto';

/**
 * Writes a value as the one text that stands for it: keys sorted by code unit, two spaces of indentation,
 * a newline at the end. Equal data gives equal bytes, so that hashes and repeated judgements can be compared.
 * Keys whose value is undefined are left out.
 * @throws TypeError for what JSON cannot hold: NaN, infinities, functions, dates and other class instances.
 */
export function canonicalJson(value: unknown): string {
  return `${write(value, '', '$')}\n`;
}

/** SHA-256 of the UTF-8 bytes, as 64 hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Whether two JSON values are the same data, whatever the order of their keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function write(value: unknown, indent: string, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold.`);
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
  throw new TypeError(`${path} is no JSON value.`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
