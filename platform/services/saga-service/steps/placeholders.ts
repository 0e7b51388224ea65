/** Values of placeholders by root: a step id, `input`, `saga`, `event` or `result`. */
export type PlaceholderValues = ReadonlyMap<string, unknown>;

const pattern = /\$\{([a-z][a-z0-9_]*)((?:\.(?:[A-Za-z0-9_-]+|\*))*)\}/g;
const whole = new RegExp(`^${pattern.source}$`);

/** A placeholder has no value. */
export class UnresolvedPlaceholder extends Error {
  override readonly name = 'UnresolvedPlaceholder';
}

/**
 * The value at a path of own fields. `*` selects every entry of a list and yields a list.
 * @returns undefined when the path, or one of the selected entries, has no value
 */
export function valueAtPath(start: unknown, path: readonly string[]): unknown {
  let value = start;
  for (const [index, key] of path.entries()) {
    if (key === '*') {
      if (!Array.isArray(value)) return undefined;
      const found = value.map((entry) => valueAtPath(entry, path.slice(index + 1)));
      return found.includes(undefined) ? undefined : found;
    }
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function resolve(values: PlaceholderValues, root: string, rest: string): unknown {
  const value = valueAtPath(values.get(root), rest.split('.').slice(1));
  if (value === undefined) throw new UnresolvedPlaceholder(`\${${root}${rest}} has no value`);
  return value;
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * Replaces placeholders with their values. A text that consists of one placeholder becomes the value itself, of any
 * type; in names of fields values are inserted as text. Inserted values are not filled in again.
 * @throws UnresolvedPlaceholder
 */
export function fillPlaceholders<T>(template: T, values: PlaceholderValues): T;
export function fillPlaceholders(template: unknown, values: PlaceholderValues): unknown {
  if (typeof template === 'string') {
    const alone = whole.exec(template);
    if (alone) return resolve(values, alone[1] as string, alone[2] as string);
    return template.replaceAll(pattern, (_match, root: string, rest: string) =>
      asText(resolve(values, root, rest)),
    );
  }
  if (Array.isArray(template)) return template.map((entry) => fillPlaceholders(entry, values));
  if (template === null || typeof template !== 'object') return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [
      asText(fillPlaceholders(key, values)),
      fillPlaceholders(value, values),
    ]),
  );
}

/** Roots of all placeholders in a template. */
export function placeholderRoots(template: unknown): Set<string> {
  const roots = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') for (const match of value.matchAll(pattern)) roots.add(match[1] as string);
    else if (value !== null && typeof value === 'object')
      for (const entry of Object.entries(value).flat()) visit(entry);
  };
  visit(template);
  return roots;
}
