export interface CsvDialect {
  delimiter: string;
  /** Number of records before the header: a `sep=` line, titles and rows without content. */
  skip: number;
}

/** In order of preference between equally regular tables: text and decimal numbers contain commas. */
const delimiters = ['\t', ';', '|', ','] as const;
/** The line with which spreadsheets name the delimiter: `sep=;`. */
const separatorLine = /^"?sep=([^"\w\s]|\t)"?[^\S\t]*$/i;
/** Maximum number of records that are compared. */
const maxRecords = 200;

interface SampleRecord {
  /** Number of cells. */
  cells: number;
  /** Number of cells with content. */
  filled: number;
  afterBlankLine: boolean;
}

/** The complete records of a sample, without empty lines. A quote counts only at the start of a cell. */
function readRecords(sample: string, delimiter: string): SampleRecord[] {
  const records: SampleRecord[] = [];
  let record = { cells: 1, filled: 0, afterBlankLine: false };
  let hasContent = false;
  let isQuoted = false;
  let atCellStart = true;
  let isEmptyLine = true;
  const endCell = () => {
    if (hasContent) record.filled += 1;
    hasContent = false;
    atCellStart = true;
  };
  for (let at = 0; at < sample.length && records.length < maxRecords; at += 1) {
    const character = sample[at] as string;
    if (isQuoted) {
      if (character !== '"') hasContent ||= character.trim() !== '';
      else if (sample[at + 1] === '"') at += 1;
      else isQuoted = false;
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && sample[at + 1] === '\n') at += 1;
      endCell();
      if (!isEmptyLine) records.push(record);
      record = { cells: 1, filled: 0, afterBlankLine: isEmptyLine };
      isEmptyLine = true;
    } else {
      isEmptyLine = false;
      if (character === delimiter) {
        record.cells += 1;
        endCell();
      } else {
        if (character === '"' && atCellStart) isQuoted = true;
        else hasContent ||= character.trim() !== '';
        atCellStart = false;
      }
    }
  }
  return records;
}

/** The most frequent number of cells above one, and the share of the records that have it. */
function regularity(records: readonly SampleRecord[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const { cells } of records) if (cells > 1) counts.set(cells, (counts.get(cells) ?? 0) + 1);
  const [width, count] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [1, 0]);
  return { width, share: records.length === 0 ? 0 : count / records.length };
}

/**
 * Number of records above the header: those with at most one filled cell, and a block of narrower records that ends
 * with an empty line.
 */
function countTitles(records: readonly SampleRecord[], width: number): number {
  if (width < 2) return 0;
  const block = records.findIndex(({ cells }) => cells >= width);
  if (block > 0 && records[block]?.afterBlankLine && (records[block]?.filled ?? 0) > 1) return block;
  const header = records.findIndex(({ filled }) => filled > 1);
  return Math.max(header, 0);
}

/**
 * Finds out how a table is written: the delimiter that divides most records into the same number of cells, unless a
 * `sep=` line names it, and where the header is.
 * @param sample the start of the file; `isCut` when the file is longer
 */
export function detectDialect(sample: string, { isCut }: { isCut: boolean }): CsvDialect {
  // Without the end of the last line, the last record would be ignored.
  const text = isCut ? sample : `${sample}\n`;
  const firstLine = /^(?:\r\n|\r|\n)*(.*)/.exec(text.replace(/^\ufeff/, ''))?.[1] ?? '';
  const named = separatorLine.exec(firstLine)?.[1];
  if (named !== undefined) {
    const rest = readRecords(text, named).slice(1);
    return { delimiter: named, skip: 1 + countTitles(rest, regularity(rest).width) };
  }
  const found = delimiters.map((delimiter) => {
    const records = readRecords(text, delimiter);
    return { delimiter, records, ...regularity(records) };
  });
  // A single record says nothing about regularity.
  const better = (a: (typeof found)[number], b: (typeof found)[number]) =>
    a.records.length < 2 ? a.width - b.width : a.share - b.share;
  const best = found.reduce((one, other) => (better(other, one) > 0 ? other : one));
  if (best.width < 2) return { delimiter: ',', skip: 0 };
  return { delimiter: best.delimiter, skip: countTitles(best.records, best.width) };
}
