import { describe, expect, it } from 'vitest';
import type { Goal } from '../goal.ts';
import type { SizeResult } from '../measure/measure-row.ts';
import { type Report, reportSuite } from './report.ts';
import { alignColumns, tableRows } from './table.ts';
import { renderHtml, renderMarkdown } from './write-report.ts';

function spread(median: number) {
  return { median, min: median, max: median };
}

function measured(size: number, ours: number, floor: number, stopped?: string): SizeResult {
  return {
    size,
    ours: { ...spread(ours), ...(stopped === undefined ? {} : { stopped }) },
    floor: spread(floor),
    ratio: spread(ours / floor),
    rounds: 3,
    firstMs: 10,
    firstUseS: 0.5,
    notes: [],
  };
}

const suite = {
  id: 'records',
  title: 'Records',
  sizeUnit: 'records',
  rows: [
    {
      id: 'list',
      title: 'List <all>',
      floorTitle: 'select',
      unit: 'ms' as const,
      goals: [{ kind: 'of-floor', times: 2 }] as Goal[],
    },
    {
      id: 'sorted',
      title: 'Sorted',
      floorTitle: 'order by',
      unit: 'ms' as const,
      goals: [{ kind: 'of-row', row: 'list', times: 2 }] as Goal[],
    },
  ],
};
const listed = { id: 'list', sizes: [measured(1_000, 2, 1), measured(10_000, 20, 11)] };

describe('reportSuite', () => {
  it('judges rows beside each other', () => {
    const sorted = { id: 'sorted', sizes: [measured(1_000, 4, 1), measured(10_000, 41, 10)] };
    const { rows } = reportSuite(suite, [listed, sorted]);
    expect(rows.map(({ judgement }) => judgement)).toEqual(['reached', 'missed']);
    expect(rows[0]?.growth).toBeCloseTo(1);
    expect(rows[0]?.floorGrowth).toBeCloseTo(1.1);
  });

  it('leaves figures of stopped and failed operations out of the growth', () => {
    const sorted = {
      id: 'sorted',
      sizes: [measured(1_000, 4, 1), measured(10_000, 30, 10, 'after page 3 of 100')],
    };
    const { rows } = reportSuite(suite, [listed, sorted]);
    expect(rows[1]).not.toHaveProperty('growth');
    expect(rows[1]?.judgement).toBe('unknown');
    const failed = reportSuite(suite, [{ id: 'list', sizes: [{ size: 1_000, failure: 'gone' }] }]);
    expect(failed.rows[0]?.judgement).toBe('unknown');
  });
});

describe('a report', () => {
  const stopped = { id: 'sorted', sizes: [measured(1_000, 4, 1, 'after page 3 of 10')] };
  const now = reportSuite(suite, [
    listed,
    stopped,
    { id: 'list', sizes: [{ size: 1_000, failure: 'gone' }] },
  ]);
  const before = reportSuite(suite, [{ id: 'list', sizes: [measured(10_000, 80, 10)] }]);

  it('has the ratio of an earlier run at the same size', () => {
    const cells = tableRows(now, before);
    expect(cells.map((row) => row[6])).toEqual(['–', '8.00', '–', '–']);
  });

  it('says where an operation stopped or failed', () => {
    const text = alignColumns(tableRows(now));
    expect(text).toContain('> 4.00: stopped after page 3 of 10');
    expect(text).toContain('failed: gone');
  });

  it('is written as a page and as a document with the picture beside it', () => {
    const report: Report = {
      machine: '2 cores',
      measuredAt: '2025-08-07T12:00:00.000Z',
      rounds: 3,
      suites: [now],
    };
    const page = renderHtml(report);
    expect(page).toContain('List &lt;all&gt;');
    expect(page).toContain('<svg');
    const document = renderMarkdown(report, now);
    expect(document).toContain('](scale-records.svg)');
    expect(document).toMatch(/\| list +\| ms +\| 1k +\| 2\.00 \(2\.00–2\.00\)/);
  });
});
