import { z } from 'zod';
import type { LoadSummary } from '../engine/instruments/load/load.ts';
import type { Json } from '../engine/json.ts';
import { judgeFacts } from '../judge/outcome-of.ts';
import { Finding } from '../judge/result.ts';
import type { DeclaredCheck } from '../plan/declared-check.ts';
import { Outcome } from '../plan/outcome.ts';
import { toPlan } from '../plan/to-plan.ts';
import { Histogram, percentile } from './histogram.ts';
import type { MergedLoad, MergedRequest } from './merge-reports.ts';
import { LoadSettings } from './runner-report.ts';

/** What the reports of runners cannot show. A green result proves none of it. */
export const onlyAClusterShows: readonly string[] = [
  'Each runner had a node of its own (the scheduler decides; `kubectl get pods --output wide` shows it).',
  'The nodes of the runners had processor time and network to spare.',
  'The network between runners and platform was the one that users have.',
  'The clocks of the nodes agree.',
];

const RequestResult = z.object({
  request: z.string(),
  expected: Histogram,
  unexpected: Histogram,
  none: Histogram,
  /** Times of expected responses, milliseconds; absent if there were none. */
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  p99Ms: z.number().optional(),
});

/** The result of a load by several runners: data, and the verdict of the load check's own limits. */
export const LoadResult = z.object({
  schema: z.literal('readiness.load-result/1'),
  runId: z.string(),
  digest: z.string(),
  check: z.string(),
  outcome: Outcome,
  explanation: z.string(),
  findings: z.array(Finding),
  /** Why the load proves nothing, one sentence each. */
  gaps: z.array(z.string()),
  settings: LoadSettings,
  parallelism: z.int().positive(),
  runners: z.array(
    z.object({
      index: z.int().positive(),
      file: z.string(),
      segment: z.string(),
      startedAt: z.iso.datetime().nullable(),
      endedAt: z.iso.datetime(),
      iterations: z.int(),
      dropped: z.int(),
    }),
  ),
  requests: z.array(RequestResult),
  unmeasured: z.array(z.string()),
});
export type LoadResult = z.infer<typeof LoadResult>;

/**
 * Judges a merged load like the load check of a run, with the same judge. A load with gaps is `unmeasured`, whatever
 * its figures are.
 * @param check the load check, with the limits of this load
 */
export function judgeLoad(
  merged: MergedLoad,
  check: DeclaredCheck,
  observe: (summary: LoadSummary) => Readonly<Record<string, Json>>,
): LoadResult {
  const [planned] = toPlan({ definitions: [check], selected: new Set([check.id]), seed: 0 }).checks;
  if (planned === undefined) throw new RangeError(`The plan has no check ${check.id}.`);
  const { gaps } = merged;
  const { outcome, explanation, findings } = judgeFacts(planned, {
    check: check.id,
    durationMs: 0,
    observed: { ...observe(merged.summary) },
    ...(gaps.length > 0
      ? { shortfall: { kind: 'interrupted' as const, message: `Not proven: ${gaps.join(' ')}` } }
      : {}),
    evidence: [],
    logs: [],
  });
  return {
    schema: 'readiness.load-result/1',
    runId: merged.runId,
    digest: merged.digest,
    check: check.id,
    outcome,
    explanation,
    findings: [...findings],
    gaps,
    settings: merged.settings,
    parallelism: merged.parallelism,
    runners: merged.runners.map(({ index, file, report }) => ({
      index,
      file,
      segment: report.segment,
      startedAt: report.startedAt === null ? null : new Date(report.startedAt).toISOString(),
      endedAt: new Date(report.endedAt).toISOString(),
      iterations: report.iterations,
      dropped: report.dropped,
    })),
    requests: merged.requests.map((request) => withPercentiles(request, merged.settings)),
    unmeasured: [...onlyAClusterShows],
  };
}

function withPercentiles(request: MergedRequest, { boundsMs }: LoadSettings): LoadResult['requests'][number] {
  const at = (share: number) => percentile(request.expected, { share, boundsMs });
  const [p50Ms, p95Ms, p99Ms] = [at(0.5), at(0.95), at(0.99)];
  if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined) return { ...request };
  return { ...request, p50Ms, p95Ms, p99Ms };
}
