import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';
import { readText } from './read-text.ts';
import { createRowCollector } from './row-collector.ts';

const delimiters = [',', ';', '\t', '|'] as const;
/** Maximum size of a record, bytes. Without it, an unclosed quote would read the rest of the file. */
const maxRecordBytes = 1024 * 1024;
/** Size of the sample from which encoding and delimiter are detected, bytes. */
const sampleBytes = 64 * 1024;

/** The most frequent delimiter in the first line, outside of quotes. */
function findDelimiter(text: string): string {
  const [line = ''] = text.replaceAll(/"[^"]*"/g, '').split(/\r\n|\r|\n/, 1);
  const counted = delimiters.map((delimiter) => ({ delimiter, count: line.split(delimiter).length - 1 }));
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}

async function* decode(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** @throws ExtractionError when a quote is not closed or a record is too long */
export async function extractCsv(path: string): Promise<Extracted> {
  const { parse } = await import('csv-parse');
  const sample = await readText(path, sampleBytes);
  const delimiter = findDelimiter(sample.text);
  const collector = createRowCollector();
  const parser = parse({
    delimiter,
    bom: true,
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
        for await (const record of records) collector.add(record);
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
      truncated: truncated || whole.more || collector.truncated,
    },
  };
}
