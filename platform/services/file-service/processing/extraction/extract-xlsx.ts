import { readFile } from 'node:fs/promises';
import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';
import { type Cell, createRowCollector } from './row-collector.ts';
import { verifyArchive } from './verify-archive.ts';

interface SheetText {
  name: string;
  rows: number;
}

function toCell(value: unknown): Cell {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

/**
 * Extracts the cells of all sheets as tab-separated text, and the rows of the first sheet as a table.
 * @throws ExtractionError when the workbook is damaged or too large
 */
export async function extractXlsx(path: string): Promise<Extracted> {
  await verifyArchive(path);
  // This entry point reads the archive's directory, which was just verified. The one for Node reads the local headers.
  const { default: readWorkbook } = await import('read-excel-file/universal');
  const bytes = new Uint8Array(await readFile(path));
  const sheets = await readWorkbook(bytes.buffer).catch((error: unknown): never => {
    throw new ExtractionError('The workbook is damaged.', { cause: error });
  });
  const collector = createRowCollector();
  const seen: SheetText[] = [];
  const lines: string[] = [];
  let length = 0;
  for (const [index, { sheet, data }] of sheets.entries()) {
    seen.push({ name: limitText(sheet, 200).text, rows: data.length });
    for (const row of data) {
      const cells = row.map(toCell);
      if (index === 0) collector.add(cells);
      if (length > extractionLimits.text) continue;
      const line = cells.map((cell) => String(cell ?? '')).join('\t');
      lines.push(line);
      length += line.length + 1;
    }
  }
  const { text, truncated } = limitText(lines.join('\n'));
  return {
    text,
    rows: collector.rows,
    metadata: {
      sheets: seen,
      columns: collector.columns,
      row_count: collector.count,
      truncated: truncated || collector.truncated,
    },
  };
}
