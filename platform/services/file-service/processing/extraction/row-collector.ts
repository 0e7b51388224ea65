import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';

export type Cell = string | number | boolean | null;

export interface RowCollector {
  add(cells: readonly Cell[]): void;
  readonly rows: Record<string, Cell>[];
  readonly columns: readonly string[];
  /** Rows seen beside the one with the names, kept or not. */
  readonly count: number;
  readonly truncated: boolean;
}

/** Names that are missing or taken get a number, so that no column hides another. */
function nameColumns(header: readonly Cell[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const wanted = limitText(String(cell ?? '').trim(), 200).text || `column_${index + 1}`;
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
    taken.add(name);
    return name;
  });
}

/** Collects the rows of a table whose first row names the columns, up to the limits of what is kept. */
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
      // Cells beyond the named ones are kept too.
      while (columns.length < Math.min(cells.length, extractionLimits.columns))
        columns.push(`column_${columns.length + 1}`);
      const row = Object.fromEntries(columns.map((name, index) => [name, toCell(cells[index])]));
      length += JSON.stringify(row).length;
      if (length > extractionLimits.rowsLength) truncated = true;
      else rows.push(row);
    },
  };
}
