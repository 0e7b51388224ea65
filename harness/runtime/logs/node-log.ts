import { createWriteStream, type WriteStream } from 'node:fs';
import type { LogLine } from '../../evidence/facts.ts';
import type { LogSecrets } from './log-secrets.ts';

/** Maximum number of lines in memory per node; the file has all. */
const ringSize = 5_000;
/** Maximum length of a line, characters; longer ones are cut, e.g. a printed file without line breaks. */
const maxLineLength = 64 * 1_024;

interface StampedLine {
  /** `performance.now()` of the harness when the line arrived. */
  atMs: number;
  line: LogLine;
}

/** The output of one node: all of it in a file, the latest lines in memory, both without secrets. */
export class NodeLog {
  readonly #node: string;
  readonly #secrets: LogSecrets;
  readonly #file: WriteStream;
  readonly #ring: StampedLine[] = [];
  #partial = { stdout: '', stderr: '' };

  constructor(options: { node: string; file: string; secrets: LogSecrets }) {
    this.#node = options.node;
    this.#secrets = options.secrets;
    this.#file = createWriteStream(options.file, { flags: 'a' });
    // A full disk must not end the harness; the lines in memory still reach the report.
    this.#file.on('error', () => {});
  }

  /** Adds output as it arrives; a chunk may end in the middle of a line. */
  write(stream: LogLine['stream'], chunk: string): void {
    const lines = (this.#partial[stream] + chunk).split('\n');
    const rest = lines.pop() ?? '';
    const isTooLong = rest.length > maxLineLength;
    this.#partial[stream] = isTooLong ? '' : rest;
    this.#append(stream, isTooLong ? [...lines, rest] : lines);
  }

  /** Adds the last line, if it has no line end, when the stream has ended. */
  end(stream: LogLine['stream']): void {
    if (this.#partial[stream] !== '') this.#append(stream, [this.#partial[stream]]);
    this.#partial[stream] = '';
  }

  #append(stream: LogLine['stream'], raw: readonly string[]): void {
    if (raw.length === 0) return;
    const texts = raw.map((line) =>
      this.#secrets.redactLine(this.#node, line.replace(/\r$/, '').slice(0, maxLineLength)),
    );
    const atMs = performance.now();
    for (const text of texts) this.#ring.push({ atMs, line: { service: this.#node, stream, text } });
    if (this.#ring.length > ringSize) this.#ring.splice(0, this.#ring.length - ringSize);
    this.#file.write(`${texts.join('\n')}\n`);
  }

  /** Lines since the given time (`performance.now()`), newest last. */
  since(atMs: number): readonly LogLine[] {
    const first = this.#ring.findIndex((entry) => entry.atMs >= atMs);
    return first < 0 ? [] : this.#ring.slice(first).map((entry) => entry.line);
  }

  last(count: number): readonly LogLine[] {
    return this.#ring.slice(-count).map((entry) => entry.line);
  }

  /** Flushes and closes the file. */
  async close(): Promise<void> {
    if (this.#file.closed) return;
    await new Promise<void>((resolve) => {
      this.#file.once('close', resolve);
      this.#file.end();
    });
  }
}
