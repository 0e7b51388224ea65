import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';

export type Cell = string | number | boolean | null;

export interface RowCollector {
  add(cells: readonly Cell[]): void;
  readonly rows: Record<string, Cell>[];
  readonly columns: readonly string[];
  /** Number of rows without the header, including those that were not stored. */
  readonly count: number;
  readonly truncated: boolean;
}

/** Column names from the header. Missing and repeated names get a number, so that all names are unique. */
function nameColumns(header: readonly Cell[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const base = limitText(String(cell ?? '').trim(), 200).text || `column_${index + 1}`;
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}_${number}`;
    taken.add(name);
    return name;
  });
}

/** Collects the rows of a table up to the limits. The first row has the column names. */
export function createRowCollector(): RowCollector {
  const rows: Record<string, Cell>[] = [];
  let columns: string[] | undefined;
  let count = 0;
  let length = 0;
  let truncated = false;

  function toCell(cell: Cell | undefined): Cell {
    if (typeof cell !== 'string') return cell ?? null;
    const limited = limitText(cell, extractionLimits.cell);
    truncated ||= limited.truncated;
    return limited.text;
  }

  return {
    rows,
    get columns() {
      return columns ?? [];
    },
    get count() {
      return count;
    },
    get truncated() {
      return truncated;
    },
    add(cells) {
      if (columns === undefined) {
        truncated ||= cells.length > extractionLimits.columns;
        columns = nameColumns(cells.slice(0, extractionLimits.columns));
        return;
      }
      count += 1;
      if (rows.length >= extractionLimits.rows || length > extractionLimits.rowsLength) {
        truncated = true;
        return;
      }
      // A row may have more cells than the header.
      while (columns.length < Math.min(cells.length, extractionLimits.columns))
        columns.push(`column_${columns.length + 1}`);
      const row = Object.fromEntries(columns.map((name, index) => [name, toCell(cells[index])]));
      length += JSON.stringify(row).length;
      if (length > extractionLimits.rowsLength) truncated = true;
      else rows.push(row);
    },
  };
}
