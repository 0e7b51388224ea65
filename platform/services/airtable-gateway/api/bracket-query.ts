/** Query parameters as Fastify gives them: repeated ones as arrays. */
export type FlatQuery = Readonly<Record<string, unknown>>;

const listKey = /^(fields|records|recordMetadata|sort)(?:\[(\d{0,4})\])?(?:\[(field|direction)\])?$/;
const mostItems = 1_000;

/**
 * Reads Airtable's notation for lists in a query string: `fields[]=a&fields[]=b`, `fields[0]=a`,
 * `sort[0][field]=a&sort[0][direction]=desc`. Other parameters stay as they are; of repeated ones the last counts.
 */
export function readBracketQuery(query: FlatQuery): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  const lists = new Map<string, { place: number; value: unknown }[]>();
  const sort = new Map<number, Record<string, unknown>>();
  for (const [key, given] of Object.entries(query)) {
    const match = listKey.exec(key);
    if (match === null) {
      read[key] = Array.isArray(given) ? given.at(-1) : given;
      continue;
    }
    const [, name = '', index, property] = match;
    if (name === 'sort') {
      const place = Number(index ?? 0);
      if (property !== undefined && sort.size < mostItems)
        sort.set(place, { ...sort.get(place), [property]: Array.isArray(given) ? given.at(-1) : given });
      continue;
    }
    const items = lists.get(name) ?? [];
    lists.set(name, items);
    for (const value of [given].flat()) {
      if (items.length < mostItems) items.push({ place: index ? Number(index) : items.length, value });
    }
  }
  for (const [name, items] of lists)
    read[name] = items.toSorted((a, b) => a.place - b.place).map(({ value }) => value);
  if (sort.size > 0) read.sort = [...sort].sort(([a], [b]) => a - b).map(([, value]) => value);
  return read;
}
