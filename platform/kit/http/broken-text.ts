/** An escaped surrogate in JSON. Whole pairs match as well. */
const mayBeBroken = /\\ud[89a-f]/i;

/**
 * Finds unpaired surrogates in parsed JSON. UTF-8 cannot encode them, so a database would silently store another
 * character.
 * @param source the JSON text; raw bytes cannot contain unpaired surrogates, only escapes can
 * @returns the path of the first broken text or key, undefined if there is none
 */
export function pathOfBrokenText(source: string, parsed: unknown): (string | number)[] | undefined {
  if (!mayBeBroken.test(source)) return undefined;
  // No recursion: the sender chooses the depth.
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
