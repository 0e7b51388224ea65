import { availableParallelism, cpus, release } from 'node:os';
import type { Figures, Row } from './row.ts';
import type { Spread } from './statistics.ts';

/** The figures of a row, or the reason why it was not measured. */
export type RowResult = { row: Row; figures: Figures } | { row: Row; notMeasured: string };

function digits(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(3);
}

function spread({ median, min, max }: Spread, write = digits): string {
  return `${write(median)} (${write(min)}–${write(max)})`;
}

function describeAim({ row, figures }: { row: Row; figures: Figures }): string {
  if (figures.invalid.length > 0) return 'does not count';
  const { median } = figures.figure;
  const isReached = row.compares === 'ratio' ? median >= row.aim : median <= row.aim;
  return isReached ? 'reached' : 'missed';
}

function linesOf(result: RowResult): string[] {
  const { row } = result;
  const head = [`${row.id}: ${row.title}`, `  against ${row.peer}`];
  if ('notMeasured' in result) return [...head, `  not measured: ${result.notMeasured}`];
  const { figures } = result;
  const aim = row.compares === 'ratio' ? `≥ ${row.aim}` : `≤ ${row.aim} ${row.unit}`;
  const written = spread(figures.figure, (value) => value.toFixed(row.compares === 'ratio' ? 2 : 3));
  return [
    ...head,
    `  ours ${spread(figures.ours)} ${row.unit}, peer ${spread(figures.peer)} ${row.unit}`,
    `  ${row.compares} ${written}; aim ${aim}: ${describeAim({ row, figures })}`,
    ...figures.invalid.map((reason) => `  does not count: ${reason}`),
    ...figures.notes.map((note) => `  ${note}`),
  ];
}

/** The machine of the measurement. */
export function describeMachine(): string {
  return `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`;
}

/** One row as text: medians with minimum and maximum. */
export function describeResult(result: RowResult): string {
  return linesOf(result).join('\n');
}
