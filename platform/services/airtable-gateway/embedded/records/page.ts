import type { Position } from './cursor.ts';
import type { RecordRow } from './record-row.ts';

/** Rows of a page. */
export interface Page {
  rows: readonly RecordRow[];
  /** The last record of the page; undefined on the last page. */
  next: Pick<Position, 'number' | 'keys'> | undefined;
}
