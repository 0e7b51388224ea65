import { createHash } from 'node:crypto';
import { seededRandom } from './seeded-random.ts';

/** Random numbers, names and the trace of one check. */
export class CheckIdentity {
  readonly random: () => number;
  readonly traceId: string;
  readonly #hash: string;
  readonly #nextName: () => number;

  /** @param options.nextName counts up within the run */
  constructor(options: { seed: number; runId: string; check: string; nextName: () => number }) {
    this.random = seededRandom(options.seed, options.check);
    this.#hash = createHash('sha256').update(`${options.runId}/${options.check}`).digest('hex');
    this.traceId = this.#hash.slice(32);
    this.#nextName = options.nextName;
  }

  unique(prefix: string): string {
    return `${prefix}_${this.mark}_${this.#nextName()}`;
  }

  /** Part of every name of this check in this run, and of no other. */
  get mark(): string {
    return this.#hash.slice(0, 10);
  }

  /**
   * A W3C trace context header with a new span id. Its trace is not sampled: spans of every request would take a part of
   * the processor time of all services. `traces` records those of single requests.
   */
  traceparent(): string {
    return `00-${this.traceId}-${this.hexDigits(16)}-00`;
  }

  hexDigits(length: number): string {
    return Array.from({ length }, () => Math.floor(this.random() * 16).toString(16)).join('');
  }
}
