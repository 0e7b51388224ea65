import type { Readable } from 'node:stream';

/** A line of a service's export. */
export type ExportLine =
  | { table: string; row: unknown }
  | { file: { id: string; filename: string } }
  | { data: string }
  | { end: true; rows: number };

/** Maximum length of a line, characters: a record with its longest cells. */
const maxLine = 64 * 1024 * 1024;

/** Reads lines of JSON from a stream. @throws Error for a line that is too long; SyntaxError for one that is no JSON */
export async function* readLines(stream: Readable): AsyncGenerator<ExportLine> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLine) throw new Error('a line of an export is too long');
    for (const line of lines) yield JSON.parse(line) as ExportLine;
  }
  if (rest !== '') throw new Error('an export ended within a line');
}
