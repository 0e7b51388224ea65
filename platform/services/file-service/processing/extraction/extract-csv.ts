import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { detectDialect } from './csv-dialect.ts';
import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';
import { readText } from './read-text.ts';
import { createRowCollector } from './row-collector.ts';

/** Maximum size of a record, bytes. Without it, an unclosed quote would read the rest of the file. */
const maxRecordBytes = 1024 * 1024;
/** Size of the sample from which the dialect is detected, bytes. */
const sampleBytes = 64 * 1024;

async function* decode(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** @throws ExtractionError when a quote is not closed or a record is too long */
export async function extractCsv(path: string): Promise<Extracted> {
  const { parse } = await import('csv-parse');
  const sample = await readText(path, sampleBytes);
  const { delimiter, skip } = detectDialect(sample.text, { isCut: sample.more });
  const collector = createRowCollector();
  const parser = parse({
    delimiter,
    bom: true,
    // Titles may have other line ends than the table.
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: maxRecordBytes,
  });
  try {
    await pipeline(
      createReadStream(path),
      (chunks: AsyncIterable<Uint8Array>) => decode(chunks, sample.encoding),
      parser,
      async (records: AsyncIterable<string[]>) => {
        let position = 0;
        for await (const record of records) {
          if (position >= skip) collector.add(record);
          position += 1;
        }
      },
    );
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('CSV_')) throw error;
    throw new ExtractionError(`The table cannot be read: ${limitText((error as Error).message, 200).text}`);
  }
  const whole = await readText(path, extractionLimits.text * 4);
  const { text, truncated } = limitText(whole.text);
  return {
    text,
    rows: collector.rows,
    metadata: {
      columns: collector.columns,
      row_count: collector.count,
      delimiter,
      encoding: sample.encoding,
      skipped_rows: skip,
      truncated: truncated || whole.more || collector.truncated,
    },
  };
}
