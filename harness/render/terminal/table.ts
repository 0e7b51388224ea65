import { displayWidth, pad, truncate } from './text-width.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** If the table is too wide, columns are dropped, those with the highest number first. */
  dropOrder?: number;
  /** Shortened if the table is still too wide. At most one column. */
  shrinks?: boolean;
  paint?: (text: string, row: number) => string;
}

const gap = 2;

/** The lines of a table that fits the width. Cells must be printable and without colour. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): { header: string; lines: string[] } {
  let kept = columns.map((column, index) => ({ column, index, size: sizeOf(column, index, rows) }));
  const total = () => kept.reduce((sum, { size }) => sum + size + gap, -gap);
  while (total() > width) {
    const first = kept.reduce<(typeof kept)[number] | undefined>(
      (best, entry) => ((entry.column.dropOrder ?? 0) > (best?.column.dropOrder ?? 0) ? entry : best),
      undefined,
    );
    if (!first) break;
    kept = kept.filter((entry) => entry !== first);
  }
  const excess = total() - width;
  if (excess > 0)
    kept = kept.map((entry) =>
      entry.column.shrinks ? { ...entry, size: Math.max(6, entry.size - excess) } : entry,
    );
  const compose = (cell: (entry: (typeof kept)[number]) => string) =>
    kept.map(cell).join(' '.repeat(gap)).trimEnd();
  return {
    header: compose(({ column, size }) => pad(truncate(column.title, size), size, column.align)),
    lines: rows.map((row, rowIndex) =>
      compose(({ column, index, size }) => {
        const text = pad(truncate(row[index] ?? '', size), size, column.align);
        return column.paint ? column.paint(text, rowIndex) : text;
      }),
    ),
  };
}

function sizeOf(column: Column, index: number, rows: readonly (readonly string[])[]): number {
  return rows.reduce(
    (size, row) => Math.max(size, displayWidth(row[index] ?? '')),
    displayWidth(column.title),
  );
}
