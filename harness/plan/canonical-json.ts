import { createHash } from 'node:crypto';
import { isPlainObject } from './plain-object.ts';

/**
 * Serializes a value in canonical form: keys sorted by code unit, two spaces of indentation, a final newline.
 * Equal data gives equal bytes, so hashes and repeated judgements can be compared. Keys with an undefined
 * value are omitted.
 * @throws TypeError for values JSON cannot represent: NaN, infinities, functions, dates, class instances.
 */
export function canonicalJson(value: unknown): string {
  // The engine writes a sorted copy several times faster than code of ours can write the text.
  return `${JSON.stringify(sortedCopy(value, [], new Map()), undefined, 2)}\n`;
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
 * The value with sorted keys. A part that is in order already is not copied.
 * @param path names and indices that lead to the value. It is changed on the way and read only for an error.
 * @param orders of the keys seen so far
 */
function sortedCopy(value: unknown, path: (string | number)[], orders: KeyOrders): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`${pathText(path)} is ${value}, which JSON cannot represent.`);
    return value;
  }
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      const part = sortedCopy(value[index], path, orders);
      path.pop();
      if (part === value[index]) continue;
      copy ??= value.slice();
      copy[index] = part;
    }
    return copy ?? value;
  }
  if (!isPlainObject(value)) throw new TypeError(`${pathText(path)} is not a JSON value.`);
  const { sorted, isSorted, keptByObjects } = orderOf(Object.keys(value), orders);
  let copy: Record<string, unknown> | undefined;
  if (!isSorted) copy = keptByObjects ? {} : Object.create(null);
  for (const [place, key] of sorted.entries()) {
    const part = value[key];
    // JSON omits it.
    if (part === undefined) continue;
    path.push(key);
    const sortedPart = sortedCopy(part, path, orders);
    path.pop();
    if (copy === undefined && sortedPart === part) continue;
    copy ??= Object.fromEntries(sorted.slice(0, place).map((earlier) => [earlier, value[earlier]]));
    copy[key] = sortedPart;
  }
  if (copy === undefined || keptByObjects) return copy ?? value;
  return new Proxy(copy, { ownKeys: () => [...sorted] });
}

interface KeyOrder {
  keys: readonly string[];
  sorted: readonly string[];
  /** Whether an object with these keys is in order as it is. */
  isSorted: boolean;
  /** False for keys that look like indices, which objects put first, and for `__proto__`, which they do not store. */
  keptByObjects: boolean;
}

/** The last order of each number of keys with the same first one: the objects of a list usually have the same keys. */
type KeyOrders = Map<string, KeyOrder>;

function orderOf(keys: readonly string[], orders: KeyOrders): KeyOrder {
  const name = `${keys.length} ${keys[0]}`;
  const known = orders.get(name);
  if (known?.keys.every((key, index) => key === keys[index])) return known;
  const sorted = keys.toSorted();
  const keptByObjects = !keys.some((key) => /^(?:\d+|__proto__)$/.test(key));
  const isSorted = keptByObjects && sorted.every((key, index) => key === keys[index]);
  const order = { keys, sorted, isSorted, keptByObjects };
  orders.set(name, order);
  return order;
}

function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => text + (typeof part === 'number' ? `[${part}]` : `.${part}`),
    '$',
  );
}
