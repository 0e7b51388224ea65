/** Query parameters as Fastify parses them: repeated ones are arrays. */
export type FlatQuery = Readonly<Record<string, unknown>>;

const listKey = /^(fields|include|records|recordMetadata|sort)(?:\[(\d{0,4})\])?(?:\[(field|direction)\])?$/;
const maxItems = 1_000;

/**
 * Parses Airtable's notation for lists in a query string: `fields[]=a&fields[]=b`, `fields[0]=a`,
 * `sort[0][field]=a&sort[0][direction]=desc`. Other parameters stay unchanged; a repeated one gets its last value.
 */
export function readBracketQuery(query: FlatQuery): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  const lists = new Map<string, { position: number; value: unknown }[]>();
  const sort = new Map<number, Record<string, unknown>>();
  for (const [key, given] of Object.entries(query)) {
    const match = listKey.exec(key);
    if (match === null) {
      read[key] = Array.isArray(given) ? given.at(-1) : given;
      continue;
    }
    const [, name = '', index, property] = match;
    if (name === 'sort') {
      const position = Number(index ?? 0);
      if (property !== undefined && sort.size < maxItems)
        sort.set(position, {
          ...sort.get(position),
          [property]: Array.isArray(given) ? given.at(-1) : given,
        });
      continue;
    }
    const items = lists.get(name) ?? [];
    lists.set(name, items);
    for (const value of [given].flat()) {
      if (items.length < maxItems) items.push({ position: index ? Number(index) : items.length, value });
    }
  }
  for (const [name, items] of lists)
    read[name] = items.toSorted((a, b) => a.position - b.position).map(({ value }) => value);
  if (sort.size > 0) read.sort = [...sort].sort(([a], [b]) => a - b).map(([, value]) => value);
  return read;
}
