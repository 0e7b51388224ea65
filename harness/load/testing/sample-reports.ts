import { bucketBounds, bucketOf } from '../histogram.ts';
import type { RunnerReport } from '../runner-report.ts';

const boundsMs = bucketBounds({ timeoutMs: 10_000, limitsMs: [500, 2_000] });
const requests = [
  'GET /api/auth/me',
  'GET /api/users/me',
  'GET /api/users?page_size=5',
  'GET /api/users/stats',
];
const started = Date.parse('2025-08-07T12:00:00Z');

/** The reports of all runners of one load that went well, in order. */
export function sampleReports(parallelism: number, responseMs = 20): RunnerReport[] {
  const ends = Array.from({ length: parallelism + 1 }, (_, index) =>
    index === 0 ? '0' : index === parallelism ? '1' : `${index}/${parallelism}`,
  );
  const iterations = 240 / parallelism;
  return ends.slice(1).map((end, index) => ({
    schema: 'readiness.load-runner/1',
    runId: 'load-20250807-120000-ab12',
    digest: 'd'.repeat(64),
    settings: { profile: 'steady', rate: 12, durationS: 20, requestTimeoutS: 10, requests, boundsMs },
    segment: `${ends[index]}:${end}`,
    sequence: ends.join(','),
    startedAt: started + index * 10,
    endedAt: started + 20_100,
    iterations,
    dropped: 0,
    ownMs: { p50: responseMs, p95: responseMs, p99: responseMs },
    histograms: requests.map((request) => ({
      request,
      outcome: 'expected' as const,
      count: iterations,
      sumMs: iterations * responseMs,
      minMs: responseMs,
      maxMs: responseMs,
      buckets: [[bucketOf(responseMs, boundsMs), iterations]],
    })),
  }));
}
