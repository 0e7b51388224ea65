import { quietMoment } from './quiet-moment.ts';
import type { Figures } from './row.ts';
import { median, spreadOf } from './statistics.ts';
import type { Load } from './wrk.ts';

/** Maximum share of its core that the generator may use. Above it, the generator is part of the limit. */
const generatorLimit = 0.8;
/** Minimum share of its core that the measured process has to use. Below it, something else was the limit. */
const saturated = 0.75;

export interface RoundsOptions<T> {
  rounds: number;
  signal: AbortSignal;
  ours(): Promise<T>;
  peer(): Promise<T>;
  /** Waits for a quiet machine; default `quietMoment`. */
  quiet?: typeof quietMoment;
}

export interface Series<T> {
  ours: T[];
  peer: T[];
  /** Reasons why the series is invalid: other programs were busy. */
  disturbances: string[];
}

/** Measurements before ours is fully compiled by the JIT. */
const warmUps = 3;
/** Maximum wait for other programs to become idle, milliseconds. */
const quietLimitMs = 6_000;
/** Maximum share of measurements that may start while other programs are busy; medians tolerate no more. */
const disturbedLimit = 0.25;

/** Warms up, then measures both in turn on a quiet machine. The order alternates between rounds. */
export async function inTurn<T>(options: RoundsOptions<T>): Promise<Series<T>> {
  const { quiet = quietMoment } = options;
  for (let count = 0; count < warmUps; count += 1) await options.ours();
  await options.peer();
  const ours: T[] = [];
  const peer: T[] = [];
  let busy = 0;
  const both = [async () => ours.push(await options.ours()), async () => peer.push(await options.peer())];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const measure of round % 2 === 0 ? both : [...both].reverse()) {
      if (!(await quiet(quietLimitMs, options.signal))) busy += 1;
      await measure();
    }
  }
  const disturbances =
    busy <= disturbedLimit * 2 * options.rounds
      ? []
      : [`other programs were busy at the start of ${busy} of ${2 * options.rounds} measurements`];
  return { ours, peer, disturbances };
}

/** Compares two series round by round, so a disturbance of both cancels out. */
export function compare(
  series: { ours: readonly number[]; peer: readonly number[] },
  how: 'ratio' | 'difference',
): Omit<Figures, 'invalid' | 'notes'> {
  const figures = series.ours.map((value, index) => {
    const other = series.peer[index] as number;
    return how === 'ratio' ? value / other : value - other;
  });
  return { ours: spreadOf(series.ours), peer: spreadOf(series.peer), figure: spreadOf(figures) };
}

/** Reasons why load figures do not measure the processes; empty if they do. */
export function generatorDoubts(series: { ours: readonly Load[]; peer: readonly Load[] }): string[] {
  const doubts: string[] = [];
  for (const [name, loads] of [
    ['ours', series.ours],
    ['peer', series.peer],
  ] as const) {
    const generator = median(loads.map(({ generatorShare }) => generatorShare));
    const subject = median(loads.map(({ subjectShare }) => subjectShare));
    if (generator > generatorLimit)
      doubts.push(`${name}: the generator used ${percent(generator)} of its core and was part of the limit`);
    if (subject < saturated)
      doubts.push(
        `${name}: the measured process used only ${percent(subject)} of its core, something else was the limit`,
      );
  }
  return doubts;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
