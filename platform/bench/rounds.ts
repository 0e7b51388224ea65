import type { Figures } from './row.ts';
import { median, spreadOf } from './statistics.ts';
import type { Load } from './wrk.ts';

/** A generator that uses more than this of its core is part of the limit. */
const generatorLimit = 0.8;
/** A process that leaves more than this of its core idle was held up by something else. */
const saturated = 0.75;

export interface RoundsOptions<T> {
  rounds: number;
  ours(): Promise<T>;
  peer(): Promise<T>;
}

/** Measures both once to warm up, then in turn; who goes first changes every round. */
export async function inTurn<T>(options: RoundsOptions<T>): Promise<{ ours: T[]; peer: T[] }> {
  await options.ours();
  await options.peer();
  const ours: T[] = [];
  const peer: T[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    if (round % 2 === 0) {
      ours.push(await options.ours());
      peer.push(await options.peer());
    } else {
      peer.push(await options.peer());
      ours.push(await options.ours());
    }
  }
  return { ours, peer };
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
  for (const [name, loads] of Object.entries(series) as [string, readonly Load[]][]) {
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
