import { createWriteStream, type WriteStream } from 'node:fs';
import type { LogLine } from '../../evidence/facts.ts';
import type { Redactor } from './redactor.ts';

/** Lines kept in memory per node; the file keeps all. */
const ringSize = 5_000;
/** A line longer than this, in characters, is cut: somebody may print a whole file without a line break. */
const longestLine = 64 * 1_024;

interface StampedLine {
  /** `performance.now()` of the harness when the line came in. */
  atMs: number;
  line: LogLine;
}

/** What one node wrote: the whole of it in a file, the latest lines in memory, secrets replaced in both. */
export class NodeLog {
  readonly #node: string;
  readonly #redactor: Redactor;
  readonly #file: WriteStream;
  readonly #ring: StampedLine[] = [];
  #partial = { stdout: '', stderr: '' };

  constructor(options: { node: string; file: string; redactor: Redactor }) {
    this.#node = options.node;
    this.#redactor = options.redactor;
    this.#file = createWriteStream(options.file, { flags: 'a' });
    // A full disk must not take the harness down; what is in memory still reaches the report.
    this.#file.on('error', () => {});
  }

  /** Takes in output as it arrives, in pieces that need not end with a line. */
  write(stream: LogLine['stream'], chunk: string): void {
    const lines = (this.#partial[stream] + chunk).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) this.#append(stream, line);
    this.#partial[stream] = rest.length > longestLine ? '' : rest;
    if (rest.length > longestLine) this.#append(stream, rest);
  }

  /** Takes in what was left without a line end, when the stream is over. */
  end(stream: LogLine['stream']): void {
    if (this.#partial[stream] !== '') this.#append(stream, this.#partial[stream]);
    this.#partial[stream] = '';
  }

  #append(stream: LogLine['stream'], raw: string): void {
    const text = this.#redactor.redact(raw.replace(/\r$/, '').slice(0, longestLine));
    this.#ring.push({ atMs: performance.now(), line: { service: this.#node, stream, text } });
    if (this.#ring.length > ringSize) this.#ring.splice(0, this.#ring.length - ringSize);
    this.#file.write(`${text}\n`);
  }

  /** Lines since the given moment (`performance.now()`), newest last. */
  since(atMs: number): readonly LogLine[] {
    const first = this.#ring.findIndex((entry) => entry.atMs >= atMs);
    return first < 0 ? [] : this.#ring.slice(first).map((entry) => entry.line);
  }

  last(count: number): readonly LogLine[] {
    return this.#ring.slice(-count).map((entry) => entry.line);
  }

  /** Writes out and closes the file. */
  async close(): Promise<void> {
    if (this.#file.closed) return;
    await new Promise<void>((resolve) => {
      this.#file.once('close', resolve);
      this.#file.end();
    });
  }
}
