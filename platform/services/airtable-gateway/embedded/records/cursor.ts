import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import { staleOffset } from '../../airtable-problem.ts';

/** Where a list continues. */
export interface Position {
  /** In lists by creation: number of the last record read. In sorted lists: number of records to skip. */
  at: number;
  /** Number of records on all pages so far. */
  given: number;
}

export interface ListIdentity {
  tenantId: string;
  tableId: string;
  selection: RecordSelection;
}

export interface Cursors {
  write(position: Position, list: ListIdentity): string;
  /** @throws AirtableProblem for an offset that is malformed, forged, or from another list or tenant */
  read(offset: string, list: ListIdentity): Position;
}

const format = /^itr([A-Za-z0-9_-]{22})\/(\d{1,16})-(\d{1,16})$/;

/** Identifies the list that a page belongs to. The page size and the format of the response do not matter. */
function identify({ tenantId, tableId, selection }: ListIdentity): string {
  const { filterByFormula = '', view = '', maxRecords = 0, sort = [] } = selection;
  return JSON.stringify([tenantId, tableId, filterByFormula, view, maxRecords, sort]);
}

/**
 * Offsets that contain the position and a signature of position, tenant and query. Nothing is stored, every instance
 * with the same secret can read them, and a client can neither forge one nor use it for another list.
 */
export function createCursors(secret: string): Cursors {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'airtable offset', 32));

  function sign({ at, given }: Position, list: ListIdentity): string {
    const query = createHash('sha256').update(identify(list)).digest();
    return createHmac('sha256', key)
      .update(`${at}-${given}-`)
      .update(query)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }

  return {
    write: (position, list) => `itr${sign(position, list)}/${position.at}-${position.given}`,
    read(offset, list) {
      const [, signature = '', at, given] = format.exec(offset) ?? [];
      const position = { at: Number(at), given: Number(given) };
      const expected = sign(position, list);
      if (signature.length !== expected.length) throw staleOffset();
      if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) throw staleOffset();
      return position;
    },
  };
}
