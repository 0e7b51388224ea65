import { problem } from '../http/problem.ts';
import type { ListDefinition, SortKey } from './list-definition.ts';

/** What PostgreSQL reads as a value of the type, for texts as it writes them. */
const readable: Readonly<Record<SortKey['type'], (text: string) => boolean>> = {
  timestamptz: (text) =>
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/.test(text) &&
    !Number.isNaN(Date.parse(text.replace(' ', 'T').replace('+00', 'Z'))),
  uuid: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  text: (text) => !text.includes('\u0000') && text.isWellFormed(),
  integer: (text) => /^\d{1,9}$/.test(text),
  bigint: (text) => /^\d{1,18}$/.test(text),
};

type Sorted = Pick<ListDefinition, 'name' | 'sortedBy'>;

/** A place in a list: after the entry with these sort keys. */
export interface Position {
  /** Entries that the first page has counted, so that no other page counts them again. */
  counted: number;
  keys: readonly string[];
}

export function encodeCursor({ name }: Sorted, { counted, keys }: Position): string {
  return Buffer.from(JSON.stringify([name, String(counted), ...keys])).toString('base64url');
}

/** @throws ProblemError `validation_failed` for a text that is no cursor of this list */
export function decodeCursor({ name, sortedBy }: Sorted, cursor: string): Position {
  const [list, counted, ...keys] = parse(cursor);
  const fits =
    list === name &&
    readable.integer(counted ?? '') &&
    keys.length === sortedBy.length &&
    sortedBy.every(({ type }, index) => readable[type](keys[index] ?? ''));
  if (!fits) throw problem('validation_failed', { message: 'query.cursor: is not a cursor of this list' });
  return { counted: Number(counted), keys };
}

function parse(cursor: string): string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : [];
  } catch {
    return [];
  }
}
