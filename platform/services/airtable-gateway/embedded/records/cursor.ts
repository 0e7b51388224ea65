import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import { staleOffset } from '../../api/airtable-problem.ts';

/** Where a list goes on. */
export interface Position {
  /** In lists by creation the number of the last record looked at, in sorted lists how many to pass over. */
  at: number;
  /** Records given so far over all pages. */
  given: number;
}

export interface ListIdentity {
  tenantId: string;
  tableId: string;
  selection: RecordSelection;
}

export interface Cursors {
  write(position: Position, list: ListIdentity): string;
  /** @throws AirtableProblem for an offset that is malformed, forged, or of another list or tenant */
  read(offset: string, list: ListIdentity): Position;
}

const form = /^itr([A-Za-z0-9_-]{22})\/(\d{1,16})-(\d{1,16})$/;

/** What makes two requests pages of the same list. The page size and the form of the answer do not count. */
function identify({ tenantId, tableId, selection }: ListIdentity): string {
  const { filterByFormula = '', view = '', maxRecords = 0, sort = [] } = selection;
  return JSON.stringify([tenantId, tableId, filterByFormula, view, maxRecords, sort]);
}

/**
 * Offsets that carry the position and a signature over it, the tenant and the query: nothing is stored, every
 * instance with the same secret reads them, and nobody can make up or borrow one.
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
      const [, signature = '', at, given] = form.exec(offset) ?? [];
      const position = { at: Number(at), given: Number(given) };
      const expected = sign(position, list);
      if (signature.length !== expected.length) throw staleOffset();
      if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) throw staleOffset();
      return position;
    },
  };
}
