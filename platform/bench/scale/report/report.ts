import { describeGoal, type Judgement, joinJudgements, judgeGoal, type SizeFigures } from '../goal.ts';
import { growthFactor } from '../growth.ts';
import type { SizeResult } from '../measure/measure-row.ts';
import type { RowResult } from '../measure/measure-suite.ts';
import type { ScaleRow } from '../suite.ts';

/** A row of a report. */
export interface ReportRow extends RowResult {
  title: string;
  floorTitle: string;
  unit: string;
  goal: string;
  judgement: Judgement;
  /** See `growthFactor`; absent when fewer than two sizes were measured. */
  growth?: number;
  floorGrowth?: number;
}

export interface SuiteReport {
  id: string;
  title: string;
  sizeUnit: string;
  rows: ReportRow[];
}

/** The content of `scale.json`. */
export interface Report {
  /** Processor and versions. */
  machine: string;
  /** ISO 8601. */
  measuredAt: string;
  rounds: number;
  suites: SuiteReport[];
}

function figuresOf(result: SizeResult): SizeFigures {
  if ('failure' in result) return { size: result.size, ours: undefined, floor: undefined };
  return {
    size: result.size,
    ours: result.ours.median,
    floor: result.floor.median,
    isLowerBound: result.ours.stopped !== undefined,
  };
}

/** The complete figures of a side by size: those of curves and of growth. */
export function pointsOf(row: RowResult, side: 'ours' | 'floor'): { size: number; value: number }[] {
  return row.sizes.flatMap((result) =>
    'failure' in result || result[side].stopped !== undefined
      ? []
      : [{ size: result.size, value: result[side].median }],
  );
}

/** Judges the goals of measured rows and adds what the rows say about themselves. */
export function reportSuite(
  suite: {
    id: string;
    title: string;
    sizeUnit: string;
    rows: readonly Pick<ScaleRow<never>, 'id' | 'title' | 'floorTitle' | 'unit' | 'goals'>[];
  },
  results: readonly RowResult[],
): SuiteReport {
  const otherAt = (id: string, size: number) => {
    const result = results.find((row) => row.id === id)?.sizes.find((one) => one.size === size);
    return result === undefined || figuresOf(result).isLowerBound ? undefined : figuresOf(result).ours;
  };
  const rows = results.flatMap((result): ReportRow[] => {
    const row = suite.rows.find(({ id }) => id === result.id);
    if (row === undefined) return [];
    const growth = growthFactor(pointsOf(result, 'ours'));
    const floorGrowth = growthFactor(pointsOf(result, 'floor'));
    return [
      {
        ...result,
        title: row.title,
        floorTitle: row.floorTitle,
        unit: row.unit,
        goal: row.goals.map((goal) => describeGoal(goal, row.unit)).join(' and '),
        judgement: joinJudgements(
          row.goals.map((goal) => judgeGoal(goal, result.sizes.map(figuresOf), otherAt)),
        ),
        ...(growth === undefined ? {} : { growth }),
        ...(floorGrowth === undefined ? {} : { floorGrowth }),
      },
    ];
  });
  return { id: suite.id, title: suite.title, sizeUnit: suite.sizeUnit, rows };
}
