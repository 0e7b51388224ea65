import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import { malformedOffset, staleOffset } from '../../airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { Key } from '../keys/record-key.ts';

/** Where a list continues: after the last record of the page before. */
export interface Position {
  /** Number of that record. */
  number: number;
  /** Its sort keys; empty in lists by creation. */
  keys: readonly Key[];
  /** Number of records on all pages so far. */
  given: number;
  /** When the list began, milliseconds since the epoch. */
  started: number;
  /** The table when the list began: number of changes of its records, and number of the last one. */
  version: number;
  lastNumber: number;
  /** Number of changes of the linked tables that decide the order, when the list began. */
  linkedVersion: number;
  /** The index that the list is read from; 0 for none. */
  indexId: number;
}

export interface ListIdentity {
  tenantId: string;
  tableId: string;
  selection: RecordSelection;
  /** Fields that decide the order: a change of their options changes the order. */
  sortedBy: readonly StoredField[];
}

export interface Cursors {
  write(position: Position, list: ListIdentity): string;
  /**
   * @throws AirtableProblem `INVALID_OFFSET_VALUE` for a malformed offset, `LIST_RECORDS_ITERATOR_NOT_AVAILABLE` for one
   * that is forged or from another list or tenant
   */
  read(offset: string, list: ListIdentity): Position;
  /** A name of the list, the same on all of its pages. */
  nameOf(list: ListIdentity, started: number): string;
}

/** Its whole numbers, in this order, and then the keys. */
const numbers = ['number', 'given', 'started', 'version', 'lastNumber', 'linkedVersion', 'indexId'] as const;
const format = new RegExp(`^itr([A-Za-z0-9_-]{22})/(((?:\\d{1,16}-){${numbers.length}})([A-Za-z0-9_-]*))$`);

/** Identifies the list that a page belongs to. The page size and the format of the response do not matter. */
function identify({ tenantId, tableId, selection, sortedBy }: ListIdentity): string {
  const { filterByFormula = '', view = '', maxRecords = 0, sort = [] } = selection;
  const options = sortedBy.map((field) => [field.id, field.options]);
  return JSON.stringify([tenantId, tableId, filterByFormula, view, maxRecords, sort, options]);
}

/** JSON has no infinite numbers. They are written as `{"sign": 1}` and `{"sign": -1}`. */
function encodeKeys(keys: readonly Key[]): string {
  if (keys.length === 0) return '';
  const safe = keys.map((key) =>
    typeof key === 'number' && !Number.isFinite(key) ? { sign: Math.sign(key) } : key,
  );
  return Buffer.from(JSON.stringify(safe)).toString('base64url');
}

/** Only called for signed keys. */
function decodeKeys(text: string): Key[] {
  if (text === '') return [];
  const keys = JSON.parse(Buffer.from(text, 'base64url').toString()) as (Key | { sign: number })[];
  return keys.map((key) =>
    key !== null && typeof key === 'object' ? key.sign * Number.POSITIVE_INFINITY : key,
  );
}

/**
 * Offsets that contain the position and a signature of position, tenant and query. Nothing is stored, every instance
 * with the same secret can read them, and a client can neither forge one nor use it for another list.
 */
export function createCursors(secret: string): Cursors {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'airtable offset', 32));

  const digestOf = (list: ListIdentity) => createHash('sha256').update(identify(list)).digest();

  function sign(position: string, list: ListIdentity): string {
    return createHmac('sha256', key)
      .update(`${position}-`)
      .update(digestOf(list))
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }

  return {
    write(position, list) {
      const text = `${numbers.map((name) => `${position[name]}-`).join('')}${encodeKeys(position.keys)}`;
      return `itr${sign(text, list)}/${text}`;
    },
    read(offset, list) {
      const [, signature = '', position = '', counts = '', keys = ''] = format.exec(offset) ?? [];
      if (position === '') throw malformedOffset(offset);
      const expected = sign(position, list);
      if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) throw staleOffset();
      const values = counts.split('-').map(Number);
      const read = Object.fromEntries(numbers.map((name, index) => [name, values[index] ?? 0]));
      return { ...(read as Record<(typeof numbers)[number], number>), keys: decodeKeys(keys) };
    },
    nameOf: (list, started) => `${digestOf(list).toString('base64url')}/${started}`,
  };
}
