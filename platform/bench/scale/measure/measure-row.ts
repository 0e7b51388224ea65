import { quietMoment } from '../../quiet-moment.ts';
import { median, type Spread, spreadOf } from '../../statistics.ts';
import type { OpenSuite, Outcome, ScaleRow } from '../suite.ts';
import { assertSame } from './assert-same.ts';
import { warmUp } from './warm-up.ts';

/** One side of a row at one size. */
export interface Side extends Spread {
  /** Why the operation ended early; the figures are then lower bounds. */
  stopped?: string;
}

/** A row at one size, or the reason why it was not measured. */
export type SizeResult = { size: number } & (
  | {
      ours: Side;
      floor: Side;
      /** Ours ÷ floor, per round. */
      ratio: Spread;
      rounds: number;
      /** Time of the first operation, milliseconds. */
      firstMs: number;
      /** Time until the operation ran at its stable speed, seconds. */
      firstUseS: number;
      notes: string[];
    }
  | { failure: string }
);

/** Time for repeating a short operation within a round, milliseconds. */
const repeatMs = 50;
const maxRepeats = 20;
/** Time after which a row starts no further round, milliseconds. */
const rowLimitMs = 60_000;
/** Maximum wait for other programs, milliseconds. */
const quietLimitMs = 2_000;

export interface RowOptions<Filled> {
  row: ScaleRow<Filled>;
  filled: Filled;
  size: number;
  rounds: number;
  settled: OpenSuite<Filled>['settled'];
  signal: AbortSignal;
  /** Waits for a quiet machine; default `quietMoment`. */
  quiet?: typeof quietMoment;
}

/** Measures a row at one size: first use, then both sides in turn. A failure is a result. */
export async function measureRow<Filled>(options: RowOptions<Filled>): Promise<SizeResult> {
  try {
    return await measure(options);
  } catch (error) {
    options.signal.throwIfAborted();
    return { size: options.size, failure: error instanceof Error ? error.message : String(error) };
  }
}

async function measure<Filled>(options: RowOptions<Filled>): Promise<SizeResult> {
  const { row, filled, size, rounds, settled, signal, quiet = quietMoment } = options;
  const notes: string[] = [];
  if (!(await quiet(quietLimitMs, signal))) notes.push('other programs were busy');
  const prepared = await row.prepare(filled);
  const warming = await warmUp({
    operation: () => row.warm?.(filled, prepared) ?? row.measure(filled, prepared),
    settled,
    clock: () => performance.now(),
    signal,
  });
  if (!warming.isStable) notes.push('not stable after the warm-up');
  const ours: Outcome[] = [];
  const floor: Outcome[] = [];
  const sides = [
    async () => ours.push(await repeated(() => row.measure(filled, prepared), signal)),
    async () => floor.push(await repeated(() => row.floor(filled, prepared), signal)),
  ];
  const end = performance.now() + rowLimitMs;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round += 1) {
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) await side();
    assertBothSame(ours.at(-1), floor.at(-1));
    // A second one would take as long and show as little.
    if (ours.at(-1)?.stopped !== undefined) break;
  }
  await row.verify?.(filled, prepared);
  return {
    size,
    ours: sideOf(ours),
    floor: sideOf(floor),
    ratio: spreadOf(ours.map(({ value }, index) => value / (floor[index] as Outcome).value)),
    rounds: ours.length,
    firstMs: warming.firstMs,
    firstUseS: warming.firstUseS,
    notes,
  };
}

/** The median of a short operation, repeated: single ones of a few milliseconds vary too much. */
async function repeated(operation: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  const started = performance.now();
  const outcomes: Outcome[] = [];
  do {
    signal.throwIfAborted();
    outcomes.push(await operation());
  } while (outcomes.length < maxRepeats && performance.now() - started < repeatMs);
  return { ...(outcomes.at(-1) as Outcome), value: median(outcomes.map(({ value }) => value)) };
}

function assertBothSame(ours: Outcome | undefined, floor: Outcome | undefined): void {
  if (ours?.result === undefined || floor?.result === undefined) return;
  if (ours.stopped !== undefined || floor.stopped !== undefined) return;
  assertSame(ours.result, floor.result);
}

function sideOf(outcomes: readonly Outcome[]): Side {
  const stopped = outcomes.find((outcome) => outcome.stopped !== undefined)?.stopped;
  return {
    ...spreadOf(outcomes.map(({ value }) => value)),
    ...(stopped === undefined ? {} : { stopped }),
  };
}
