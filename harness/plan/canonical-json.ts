import { createHash } from 'node:crypto';

/**
 * Serializes a value in canonical form: keys sorted by code unit, two spaces of indentation, a final newline.
 * Equal data gives equal bytes, so hashes and repeated judgements can be compared. Keys with an undefined
 * value are omitted.
 * @throws TypeError for values JSON cannot represent: NaN, infinities, functions, dates, class instances.
 */
export function canonicalJson(value: unknown): string {
  return `${write(value, '\n', [])}\n`;
}

/** SHA-256 of the UTF-8 bytes, 64 hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Whether two JSON values are equal, regardless of key order. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right;
  return canonicalJson(left) === canonicalJson(right);
}

/**
 * @param line a line break with the indentation of the value
 * @param path names and indices that lead to the value. It is changed on the way and read only for an error.
 */
function write(value: unknown, line: string, path: (string | number)[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`${pathText(path)} is ${value}, which JSON cannot represent.`);
    return JSON.stringify(value);
  }
  const inner = `${line}  `;
  let written = '';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      written += `${written === '' ? '' : ','}${inner}${write(value[index], inner, path)}`;
      path.pop();
    }
    return written === '' ? '[]' : `[${written}${line}]`;
  }
  if (!isPlainObject(value)) throw new TypeError(`${pathText(path)} is not a JSON value.`);
  for (const key of Object.keys(value).sort()) {
    const part = value[key];
    if (part === undefined) continue;
    path.push(key);
    written += `${written === '' ? '' : ','}${inner}${JSON.stringify(key)}: ${write(part, inner, path)}`;
    path.pop();
  }
  return written === '' ? '{}' : `{${written}${line}}`;
}

function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => text + (typeof part === 'number' ? `[${part}]` : `.${part}`),
    '$',
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
