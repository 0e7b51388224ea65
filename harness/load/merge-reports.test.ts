import { describe, expect, it } from 'vitest';
import { mergeReports } from './merge-reports.ts';
import type { RunnerReport } from './runner-report.ts';
import { sampleReports } from './testing/sample-reports.ts';

const merge = (reports: readonly RunnerReport[], damaged: string[] = []) =>
  mergeReports({
    found: reports.map((report, index) => ({ file: `pod-${index + 1}.log`, report })),
    damaged,
  });

/** The reports of three runners, the second one changed. */
const withSecond = (changes: Partial<RunnerReport>): RunnerReport[] =>
  sampleReports(3).map((report, index) => (index === 1 ? { ...report, ...changes } : report));

describe('merging the reports of runners', () => {
  it('adds counts and takes percentiles of all responses', () => {
    const merged = merge(sampleReports(3).reverse());
    expect(merged).toMatchObject({ parallelism: 3, gaps: [] });
    expect(merged.runners.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(merged.summary).toEqual({
      total: 960,
      failed: 0,
      dropped: 0,
      iterations: 240,
      p50Ms: 20,
      p95Ms: 20,
      p99Ms: 20,
    });
    expect(merge(sampleReports(1)).summary).toEqual(merged.summary);
  });

  it('counts requests without an expected response as failed, and leaves their times out', () => {
    const merged = merge(
      sampleReports(2).map((report) => ({
        ...report,
        histograms: report.histograms.map((each, index) =>
          index === 0
            ? { ...each, outcome: 'none' as const }
            : index === 1
              ? { ...each, outcome: 'unexpected' as const }
              : each,
        ),
      })),
    );
    expect(merged.summary).toMatchObject({ total: 960, failed: 480, p95Ms: 20 });
    expect(merged.requests[0]).toMatchObject({ expected: { count: 0 }, none: { count: 240 } });
  });

  it('takes the timeout for the times if no response was expected', () => {
    expect(merge(sampleReports(2).map((report) => ({ ...report, histograms: [] }))).summary.p95Ms).toBe(
      10_000,
    );
  });

  it.each([
    [
      'another load',
      withSecond({ runId: 'load-other' }),
      'two loads: load-20250807-120000-ab12 and load-other',
    ],
    ['another script', withSecond({ digest: 'e'.repeat(64) }), 'different scripts or plans'],
    [
      'other settings',
      withSecond({ settings: { ...(sampleReports(1)[0] as RunnerReport).settings, rate: 99 } }),
      'different settings',
    ],
    ['another division', withSecond({ sequence: '0,1/2,1' }), 'divide the load differently'],
    ['a part that is not in the sequence', withSecond({ segment: '1/4:2/4' }), 'is not one of 0,1/3,2/3,1'],
    [
      'the same part twice',
      withSecond({ segment: '0:1/3' }),
      'Runner 1 of 3 (part 0:1/3) has two reports: pod-1.log and pod-2.log',
    ],
    [
      'a sequence with a gap at the end',
      sampleReports(1).map((report) => ({ ...report, sequence: '0,1/3', segment: '0:1/3' })),
      'without a gap',
    ],
    [
      'a sequence that goes back',
      sampleReports(1).map((report) => ({ ...report, sequence: '0,2/3,1/3,1', segment: '0:2/3' })),
      'without a gap',
    ],
  ])('rejects %s', (_, reports, message) => {
    expect(() => merge(reports)).toThrow(
      expect.objectContaining({ code: 'load-reports-invalid', message: expect.stringContaining(message) }),
    );
  });

  it('is not proven without any report', () => {
    expect(() => merge([], ['pod.log:3: the report is cut off or was changed.'])).toThrow(
      expect.objectContaining({
        code: 'load-reports-missing',
        exitCode: 3,
        message: expect.stringContaining('pod.log:3'),
      }),
    );
  });

  it.each([
    ['a missing runner', sampleReports(3).slice(1), 'Runner 1 of 3 (part 0:1/3) has no report.'],
    [
      'a runner that sent no load',
      withSecond({ startedAt: null }),
      'Runner 2 (pod-2.log) ended before it sent load.',
    ],
    [
      'a runner that stopped early',
      withSecond({ endedAt: Date.parse('2025-08-07T12:00:05.010Z') }),
      'Runner 2 (pod-2.log) stopped after 5.0 of 20 s.',
    ],
    [
      'runners at different times',
      withSecond({
        startedAt: Date.parse('2025-08-07T12:00:09Z'),
        endedAt: Date.parse('2025-08-07T12:00:30Z'),
      }),
      'The runners started 9.0 s apart',
    ],
  ])('reports %s as a gap', (_, reports, gap) => {
    expect(merge(reports).gaps.join('\n')).toContain(gap);
  });

  it('reports a damaged line as a gap', () => {
    expect(merge(sampleReports(2), ['pod-3.log:1: the report is cut off or was changed.']).gaps).toHaveLength(
      1,
    );
  });
});
