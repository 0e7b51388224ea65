import { quietMoment } from './quiet-moment.ts';
import type { Figures } from './row.ts';
import { median, spreadOf } from './statistics.ts';
import type { Load } from './wrk.ts';

/** A generator that uses more than this of its core is part of the limit. */
const generatorLimit = 0.8;
/** A process that leaves more than this of its core idle was held up by something else. */
const saturated = 0.75;

export interface RoundsOptions<T> {
  rounds: number;
  signal: AbortSignal;
  ours(): Promise<T>;
  peer(): Promise<T>;
}

export interface Series<T> {
  ours: T[];
  peer: T[];
  /** Why the series does not count, when the machine was not left alone. */
  disturbances: string[];
}

/** Ours is compiled while it runs, and is as fast as it gets only after this many measurements. */
const warmUps = 3;
/** Longest wait for other programs to leave the machine alone, milliseconds. */
const quietLimitMs = 6_000;
/** Share of measurements that may begin while others are busy; medians bear no more. */
const disturbedLimit = 0.25;

/** Warms up, then measures both in turn, each time when the machine is quiet; who goes first changes every round. */
export async function inTurn<T>(options: RoundsOptions<T>): Promise<Series<T>> {
  for (let count = 0; count < warmUps; count += 1) await options.ours();
  await options.peer();
  const ours: T[] = [];
  const peer: T[] = [];
  let busy = 0;
  const both = [async () => ours.push(await options.ours()), async () => peer.push(await options.peer())];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const measure of round % 2 === 0 ? both : [...both].reverse()) {
      if (!(await quietMoment(quietLimitMs, options.signal))) busy += 1;
      await measure();
    }
  }
  const disturbances =
    busy <= disturbedLimit * 2 * options.rounds
      ? []
      : [`other programs were busy at the start of ${busy} of ${2 * options.rounds} measurements`];
  return { ours, peer, disturbances };
}

/** Figures of two series, compared round by round: what disturbs both at the same time cancels out. */
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

/** Why load figures are not about the measured processes; empty when they are. */
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
        `${name}: the measured process used only ${percent(subject)} of its core, something else held it up`,
      );
  }
  return doubts;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
