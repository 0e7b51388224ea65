import type { LoadSummary } from '../engine/instruments/load/load.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { sameJson } from '../plan/canonical-json.ts';
import { emptyHistogram, type Histogram, mergeHistograms, percentile } from './histogram.ts';
import type { FoundReport, LoadSettings, LogReports, RunnerReport } from './runner-report.ts';

/** Runners may start this much later than the first, share of the duration. */
const maxStartSpread = 0.1;
/** Always allowed, milliseconds: clocks of nodes differ. */
const minStartSpreadMs = 2_000;

export interface MergedRequest {
  request: string;
  expected: Histogram;
  unexpected: Histogram;
  none: Histogram;
}

/** One load, measured by several runners. */
export interface MergedLoad {
  runId: string;
  digest: string;
  settings: LoadSettings;
  /** Runners that the load was planned for. */
  parallelism: number;
  /** Position of each runner that reported, from 1, with its report, by position. */
  runners: { index: number; file: string; report: RunnerReport }[];
  requests: MergedRequest[];
  /** The same figures as those of a load by one k6 process. */
  summary: LoadSummary;
  /** Why the figures prove nothing; empty if all runners did their part at the same time. */
  gaps: string[];
}

/**
 * Merges the reports of all runners of one load.
 * @throws ReadinessError: exit code 2 if reports contradict each other (two loads, two versions of the script, the same
 * part twice), 3 if there is no report at all.
 */
export function mergeReports({ found, damaged }: LogReports): MergedLoad {
  const [first] = found;
  if (first === undefined) {
    throw new ReadinessError(
      'load-reports-missing',
      ['No log has a report of a load runner.', ...damaged].join('\n'),
    );
  }
  rejectDifferences(first, found);
  const { runId, digest, settings, sequence } = first.report;
  const segments = segmentsOf(sequence, first.file);
  const runners = placeRunners(found, segments);
  const requests = settings.requests.map((request) => ({
    request,
    expected: mergedOf(runners, request, 'expected'),
    unexpected: mergedOf(runners, request, 'unexpected'),
    none: mergedOf(runners, request, 'none'),
  }));
  return {
    runId,
    digest,
    settings,
    parallelism: segments.length,
    runners,
    requests,
    summary: summaryOf(runners, requests, settings),
    gaps: [
      ...missing(runners, segments),
      ...damaged,
      ...shortened(runners, settings),
      ...apart(runners, settings),
    ],
  };
}

function contradiction(message: string, hint: string): ReadinessError {
  return new ReadinessError('load-reports-invalid', message, { hint });
}

function rejectDifferences(first: FoundReport, found: readonly FoundReport[]): void {
  const hint = 'Give the logs of the runner pods of one TestRun, and of no other.';
  for (const { file, report } of found) {
    const both = `${first.file} and ${file}`;
    if (report.runId !== first.report.runId)
      throw contradiction(`${both} are of two loads: ${first.report.runId} and ${report.runId}.`, hint);
    if (report.digest !== first.report.digest)
      throw contradiction(
        `${both} ran different scripts or plans: ${first.report.digest.slice(0, 12)}… and ${report.digest.slice(0, 12)}….`,
        hint,
      );
    if (!sameJson(report.settings, first.report.settings))
      throw contradiction(`${both} have different settings.`, hint);
    if (report.sequence !== first.report.sequence)
      throw contradiction(
        `${both} divide the load differently: ${first.report.sequence} and ${report.sequence}.`,
        hint,
      );
  }
}

/** The parts of a sequence: `0,1/2,1` has `0:1/2` and `1/2:1`. */
function segmentsOf(sequence: string, file: string): string[] {
  const ends = sequence.split(',');
  const values = ends.map(partOf);
  const ascending = values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));
  if (values[0] !== 0 || values.at(-1) !== 1 || !ascending) {
    throw contradiction(
      `${file}: the parts ${sequence} of the load are not all of it: they do not lead from 0 to 1 without a gap.`,
      'Start the load again with the manifests that `load manifests` writes.',
    );
  }
  return ends.slice(1).map((end, index) => `${ends[index]}:${end}`);
}

function partOf(fraction: string): number {
  const [numerator, denominator = '1'] = fraction.split('/');
  return Number(numerator) / Number(denominator);
}

function placeRunners(found: readonly FoundReport[], segments: readonly string[]): MergedLoad['runners'] {
  const placed = new Map<number, MergedLoad['runners'][number]>();
  for (const { file, report } of found) {
    const index = segments.indexOf(report.segment) + 1;
    if (index === 0) {
      throw contradiction(
        `${file}: the part ${report.segment} is not one of ${report.sequence}.`,
        'Start the load again with the manifests that `load manifests` writes.',
      );
    }
    const other = placed.get(index);
    if (other !== undefined) {
      throw contradiction(
        `Runner ${index} of ${segments.length} (part ${report.segment}) has two reports: ${other.file} and ${file}.`,
        'Remove one of the logs. If the pod ran twice, start the load again: both sent requests.',
      );
    }
    placed.set(index, { index, file, report });
  }
  return [...placed.values()].sort((left, right) => left.index - right.index);
}

function mergedOf(
  runners: MergedLoad['runners'],
  request: string,
  outcome: RunnerReport['histograms'][number]['outcome'],
): Histogram {
  return runners
    .flatMap(({ report }) => report.histograms)
    .filter((each) => each.request === request && each.outcome === outcome)
    .map(({ count, sumMs, minMs, maxMs, buckets }) => ({ count, sumMs, minMs, maxMs, buckets }))
    .reduce(mergeHistograms, emptyHistogram);
}

/** Without any expected response, the times are the request timeout, never zero. */
function summaryOf(
  runners: MergedLoad['runners'],
  requests: readonly MergedRequest[],
  { boundsMs, requestTimeoutS }: LoadSettings,
): LoadSummary {
  const expected = requests.map((each) => each.expected).reduce(mergeHistograms, emptyHistogram);
  const at = (share: number): number => percentile(expected, { share, boundsMs }) ?? requestTimeoutS * 1000;
  const failed = sum(requests.map(({ unexpected, none }) => unexpected.count + none.count));
  return {
    total: expected.count + failed,
    failed,
    dropped: sum(runners.map(({ report }) => report.dropped)),
    iterations: sum(runners.map(({ report }) => report.iterations)),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function missing(runners: MergedLoad['runners'], segments: readonly string[]): string[] {
  return segments.flatMap((segment, position) =>
    runners.some(({ index }) => index === position + 1)
      ? []
      : [`Runner ${position + 1} of ${segments.length} (part ${segment}) has no report.`],
  );
}

/** Runners that did not send load, or not until the end. */
function shortened(runners: MergedLoad['runners'], { durationS }: LoadSettings): string[] {
  return runners.flatMap(({ index, file, report }) => {
    if (report.startedAt === null) return [`Runner ${index} (${file}) ended before it sent load.`];
    const seconds = (report.endedAt - report.startedAt) / 1000;
    return seconds < durationS * 0.99
      ? [`Runner ${index} (${file}) stopped after ${seconds.toFixed(1)} of ${durationS} s.`]
      : [];
  });
}

/** The full rate is reached only while all runners run. */
function apart(runners: MergedLoad['runners'], { durationS }: LoadSettings): string[] {
  const starts = runners.flatMap(({ report }) => (report.startedAt === null ? [] : [report.startedAt]));
  if (starts.length < 2) return [];
  const spreadMs = Math.max(...starts) - Math.min(...starts);
  const limitMs = Math.max(minStartSpreadMs, durationS * 1000 * maxStartSpread);
  return spreadMs > limitMs
    ? [
        `The runners started ${(spreadMs / 1000).toFixed(1)} s apart (allowed: ${limitMs / 1000} s), so the full rate was not reached. Clocks of nodes that differ look the same.`,
      ]
    : [];
}
