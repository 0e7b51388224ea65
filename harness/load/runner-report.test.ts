import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRunnerLog, reportLine } from './runner-report.ts';
import { sampleReports } from './testing/sample-reports.ts';

const [report] = sampleReports(3);
if (report === undefined) throw new Error('There is no sample.');
const line = reportLine(report);
const noise = 'time="2025-08-07T12:00:00Z" level=info msg="k6 started"';

describe('the log of a runner', () => {
  it.each([
    ['as k6 prints it', `${noise}\n\n${line}\n`],
    ['with the prefix of kubectl', `[pod/load-1-x/k6] ${noise}\n[pod/load-1-x/k6] ${line}\n`],
    ['with time stamps', `2025-08-07T12:00:20.123456789Z ${line}`],
    ['with line ends of Windows', `${noise}\r\n${line}\r\n`],
    [
      'as containerd stores it, in parts of 16 KiB',
      `2025-08-07T12:00:19Z stderr F ${noise}\n2025-08-07T12:00:20Z stdout P ${line.slice(0, 2_000)}\n2025-08-07T12:00:20Z stdout F ${line.slice(2_000)}\n`,
    ],
  ])('is read %s', (_, text) => {
    expect(readRunnerLog(text, 'pod.log')).toEqual({ found: [{ file: 'pod.log', report }], damaged: [] });
  });

  it('gives back any report unchanged', () => {
    fc.assert(
      fc.property(
        fc.record({
          runId: fc.string({ minLength: 1 }),
          dropped: fc.nat(),
          iterations: fc.nat(),
          startedAt: fc.option(fc.nat()),
        }),
        (changes) => {
          const changed = { ...report, ...changes };
          expect(readRunnerLog(`x\n${reportLine(changed)}\nx`, 'f').found[0]?.report).toEqual(changed);
        },
      ),
    );
  });

  it('cut off at any place gives no report', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: line.length - 1 }), (length) => {
        expect(readRunnerLog(line.slice(0, length), 'pod.log').found).toEqual([]);
      }),
    );
  });

  it('names the line of a report that is cut off or changed', () => {
    expect(readRunnerLog(`${noise}\n${line.slice(0, 500)}`, 'pod.log').damaged).toEqual([
      'pod.log:2: the report is cut off or was changed.',
    ]);
    expect(readRunnerLog(line.replace('"dropped":0', '"dropped":1'), 'pod.log').damaged).toHaveLength(1);
  });

  it.each([
    [
      'counts that do not add up',
      { histograms: report.histograms.map((each) => ({ ...each, count: 7 })) },
      'count 80',
    ],
    [
      'a request that is not in the settings',
      { histograms: report.histograms.map((each) => ({ ...each, request: 'GET /' })) },
      'GET /',
    ],
    ['an unknown version', { schema: 'readiness.load-runner/2' as 'readiness.load-runner/1' }, 'schema'],
    ['a part that is not a fraction', { segment: 'all' }, 'segment'],
  ])('rejects %s', (_, changes, problem) => {
    const { found, damaged } = readRunnerLog(reportLine({ ...report, ...changes }), 'pod.log');
    expect(found).toEqual([]);
    expect(damaged.join()).toContain(problem);
  });

  it('without a report has nothing to read', () => {
    expect(readRunnerLog(`${noise}\n`, 'pod.log')).toEqual({ found: [], damaged: [] });
  });
});
