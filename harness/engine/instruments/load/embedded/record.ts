import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Counts, PartFigures, StepFigures, Times } from '../load.ts';

/** Times of expected responses in an HDR histogram: exact to three digits, in a fixed amount of memory. */
export class TimeRecord {
  readonly #histogram: RecordableHistogram;
  readonly #timeoutMs: number;
  total = 0;
  failed = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    // Microseconds. A response may be late by the timeout of the request and by the lag of the generator.
    this.#histogram = createHistogram({ lowest: 1, highest: timeoutMs * 1000 * 10, figures: 3 });
  }

  add(ms: number, expected: boolean): void {
    this.total += 1;
    if (expected) this.#histogram.record(Math.max(1, Math.round(ms * 1000)));
    else this.failed += 1;
  }

  /** Without expected responses, the timeout. */
  figures(): Counts & Times {
    const { total, failed } = this;
    const at = (percent: number) =>
      this.#histogram.count === 0 ? this.#timeoutMs : this.#histogram.percentile(percent) / 1000;
    const minMs = this.#histogram.count === 0 ? this.#timeoutMs : this.#histogram.min / 1000;
    return { total, failed, minMs, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), maxMs: at(100) };
  }

  p50Ms(): number | null {
    return this.#histogram.count === 0 ? null : this.#histogram.percentile(50) / 1000;
  }
}

/** One request that has ended. */
export interface Sample {
  name: string;
  part: number;
  /** From the intended start to the end of the response, milliseconds. */
  ms: number;
  /** 0: no response. */
  status: number;
  expected: boolean;
  /** Whether it counts as a request to the platform; those to the reference server have figures of their own only. */
  counts: boolean;
  /** On the clock of the generator, milliseconds. */
  endedAtMs: number;
}

interface StepRecord {
  record: TimeRecord;
  parts: TimeRecord[];
  failures: Record<string, number>;
}

interface Part {
  record: TimeRecord;
  rate: number | null;
  started: number;
  dropped: number;
  firstStartMs: number;
  lastEndMs: number;
}

/** Collects samples by step and by part of the load. */
export class LoadRecord {
  readonly all: TimeRecord;
  readonly #timeoutMs: number;
  readonly #steps = new Map<string, StepRecord>();
  readonly #parts: Part[];

  /** @param rates iterations per second of each part; null in a closed load */
  constructor(rates: readonly (number | null)[], timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.all = new TimeRecord(timeoutMs);
    this.#parts = rates.map((rate) => ({
      record: new TimeRecord(timeoutMs),
      rate,
      started: 0,
      dropped: 0,
      firstStartMs: Number.POSITIVE_INFINITY,
      lastEndMs: 0,
    }));
  }

  started(part: number, atMs: number): void {
    const found = this.#part(part);
    found.started += 1;
    found.firstStartMs = Math.min(found.firstStartMs, atMs);
  }

  dropped(part: number): void {
    this.#part(part).dropped += 1;
  }

  add({ name, part, ms, status, expected, counts, endedAtMs }: Sample): void {
    if (counts) {
      this.all.add(ms, expected);
      const whole = this.#part(part);
      whole.record.add(ms, expected);
      whole.lastEndMs = Math.max(whole.lastEndMs, endedAtMs);
    }
    const step = this.#step(name);
    step.record.add(ms, expected);
    step.parts[part]?.add(ms, expected);
    if (!expected) step.failures[status] = (step.failures[status] ?? 0) + 1;
  }

  steps(): StepFigures[] {
    return [...this.#steps].map(([name, { record, parts, failures }]) => ({
      name,
      ...record.figures(),
      failures,
      partsP50Ms: parts.map((part) => part.p50Ms()),
    }));
  }

  parts(): PartFigures[] {
    return this.#parts.map(({ record, rate, started, dropped, firstStartMs, lastEndMs }) => ({
      rate,
      started,
      dropped,
      ...record.figures(),
      requestsPerSecond: lastEndMs > firstStartMs ? (record.total * 1000) / (lastEndMs - firstStartMs) : 0,
    }));
  }

  #part(index: number): Part {
    const part = this.#parts[index];
    if (part === undefined) throw new RangeError(`The load has no part ${index}.`);
    return part;
  }

  #step(name: string): StepRecord {
    const known = this.#steps.get(name);
    if (known) return known;
    const step: StepRecord = {
      record: new TimeRecord(this.#timeoutMs),
      parts: this.#parts.map(() => new TimeRecord(this.#timeoutMs)),
      failures: {},
    };
    this.#steps.set(name, step);
    return step;
  }
}
