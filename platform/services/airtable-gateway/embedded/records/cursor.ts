import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import { malformedOffset, staleOffset } from '../../airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { Key } from './sort-rows.ts';

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
}

const format = /^itr([A-Za-z0-9_-]{22})\/((\d{1,16})-(\d{1,16})-(\d{1,16})-([A-Za-z0-9_-]*))$/;

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

  function sign(position: string, list: ListIdentity): string {
    const query = createHash('sha256').update(identify(list)).digest();
    return createHmac('sha256', key)
      .update(`${position}-`)
      .update(query)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }

  return {
    write({ number, keys, given, started }, list) {
      const position = `${number}-${given}-${started}-${encodeKeys(keys)}`;
      return `itr${sign(position, list)}/${position}`;
    },
    read(offset, list) {
      const [, signature = '', position = '', number, given, started, keys = ''] = format.exec(offset) ?? [];
      if (position === '') throw malformedOffset(offset);
      const expected = sign(position, list);
      if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) throw staleOffset();
      return {
        number: Number(number),
        given: Number(given),
        started: Number(started),
        keys: decodeKeys(keys),
      };
    },
  };
}
