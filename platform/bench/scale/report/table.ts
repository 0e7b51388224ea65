import type { Spread } from '../../statistics.ts';
import type { SizeResult } from '../measure/measure-row.ts';
import { digits, shortSize } from './digits.ts';
import type { ReportRow, SuiteReport } from './report.ts';

/** Maximum length of a failure in the table; `scale.json` has all of it. */
const maxFailure = 60;

function spread({ median, min, max }: Spread): string {
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

/** A row at one size as cells: size, ours, floor, ratio, first use. */
function sizeCells(result: SizeResult, before: SizeResult | undefined): string[] {
  const earlier = before === undefined || 'failure' in before ? '–' : ratioOf(before);
  if ('failure' in result)
    return [shortSize(result.size), `failed: ${result.failure.slice(0, maxFailure)}`, '–', '–', earlier, '–'];
  return [
    shortSize(result.size),
    result.ours.stopped === undefined
      ? spread(result.ours)
      : `> ${digits(result.ours.median)}: stopped ${result.ours.stopped}`,
    spread(result.floor),
    ratioOf(result),
    earlier,
    digits(result.firstUseS) + (result.notes.length === 0 ? '' : ` (${result.notes.join(', ')})`),
  ];
}

function ratioOf({ ratio, ours }: { ratio: Spread; ours: { stopped?: string } }): string {
  return ours.stopped === undefined ? digits(ratio.median) : `> ${digits(ratio.median)}`;
}

export const tableHeader = [
  'Row',
  'Unit',
  'Size',
  'Ours',
  'Floor',
  'Ours ÷ floor',
  'Before',
  'First use, s',
  'Growth (floor)',
  'Goal',
  'Result',
] as const;

/**
 * A report as rows of cells, one per row and size. What belongs to all sizes of a row is in its last line.
 * @param before an earlier report; only its ratios are comparable
 */
export function tableRows(report: SuiteReport, before?: SuiteReport): string[][] {
  return report.rows.flatMap((row) => {
    const earlier = before?.rows.find(({ id }) => id === row.id);
    return row.sizes.map((result, index) => {
      const isLast = index === row.sizes.length - 1;
      const same = earlier?.sizes.find(({ size }) => size === result.size);
      return [
        index === 0 ? row.id : '',
        index === 0 ? row.unit : '',
        ...sizeCells(result, same),
        ...(isLast ? [growthCell(row), row.goal, row.judgement] : ['', '', '']),
      ];
    });
  });
}

function growthCell({ growth, floorGrowth }: ReportRow): string {
  if (growth === undefined) return '–';
  return `${growth.toFixed(3)} (${floorGrowth?.toFixed(3) ?? '–'})`;
}

/** A table of aligned columns, for a terminal. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
