import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';
import { createRowCollector } from './row-collector.ts';
import { verifyArchive } from './verify-archive.ts';
import { openParts } from './workbook/open-parts.ts';
import { openWorkbook } from './workbook/open-workbook.ts';
import { readSheet } from './workbook/read-sheet.ts';

interface SheetText {
  name: string;
  /** Number of rows with content. */
  rows: number;
}

/**
 * Extracts the cells of all sheets as tab-separated text, and the rows of the first sheet as a table. Rows without
 * content are left out.
 * @throws ExtractionError when the workbook is damaged or too large
 */
export async function extractXlsx(path: string): Promise<Extracted> {
  await verifyArchive(path);
  using parts = await openParts(path);
  const workbook = await openWorkbook(parts);
  const collector = createRowCollector();
  const seen: SheetText[] = [];
  const lines: string[] = [];
  let length = 0;
  let cut = false;
  for (const [index, { name, part }] of workbook.sheets.entries()) {
    const xml = await parts.read(part);
    if (xml === undefined) throw new ExtractionError('The workbook is damaged.');
    const sheet = { name: limitText(name, 200).text, rows: 0 };
    seen.push(sheet);
    readSheet(xml, workbook, {
      maxColumns: extractionLimits.columns,
      onRow(cells, isCut) {
        sheet.rows += 1;
        cut ||= isCut;
        if (index === 0) collector.add(cells);
        if (length > extractionLimits.text) return;
        const line = cells.map((cell) => String(cell ?? '')).join('\t');
        lines.push(line);
        length += line.length + 1;
      },
    });
  }
  const { text, truncated } = limitText(lines.join('\n'));
  return {
    text,
    rows: collector.rows,
    metadata: {
      sheets: seen,
      columns: collector.columns,
      row_count: collector.count,
      truncated: truncated || cut || collector.truncated,
    },
  };
}
