/** Half of a surrogate pair, written out as JSON does; whole pairs match as well. */
const mayBeBroken = /\\ud[89a-f]/i;

/**
 * Finds text in parsed JSON that no database and no other program can hold: half of a surrogate pair. UTF-8 has no
 * bytes for it, so that it would be stored as another character without a word.
 * @param source the JSON as it came; raw bytes cannot hold such halves, only escapes can
 * @returns the path of the first text or key at fault, undefined when all is well
 */
export function pathOfBrokenText(source: string, parsed: unknown): (string | number)[] | undefined {
  if (!mayBeBroken.test(source)) return undefined;
  // No recursion: the depth is the sender's choice.
  const open: { value: unknown; path: (string | number)[] }[] = [{ value: parsed, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && !value.isWellFormed()) return path;
    if (value === null || typeof value !== 'object') continue;
    for (const [key, inner] of Object.entries(value)) {
      if (!key.isWellFormed()) return [...path, key.toWellFormed()];
      if (typeof inner === 'string' || (typeof inner === 'object' && inner !== null))
        open.push({ value: inner, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
  return undefined;
}
