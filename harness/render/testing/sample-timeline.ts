import type { Result } from '../../judge/result.ts';
import { sampleResult } from './sample-result.ts';

/** The sample result with the times of its phases, processes and checks. */
export function timedResult(): Result {
  const { checks } = sampleResult();
  return sampleResult({
    checks: checks.map((check, index) => ({
      ...check,
      startedAfterMs: 2_000 + index * 100,
      processes: [
        { name: 'harness', processorMs: 310 + index },
        { name: 'gateway', processorMs: 120 },
      ],
    })),
    timeline: {
      cores: 2,
      phases: [
        { name: 'boot', fromMs: 0, toMs: 2_000 },
        { name: 'shared checks', fromMs: 2_000, toMs: 42_000 },
        { name: 'exclusive checks', fromMs: 42_000, toMs: 60_500 },
        { name: 'drills', fromMs: 60_500, toMs: 84_000 },
      ],
      processor: {
        intervalMs: 1_000,
        busyMs: Array.from({ length: 84 }, (_, second) => 400 + ((second * 37) % 1_600)),
        processes: [
          { name: 'harness', processorMs: 41_220 },
          { name: 'platform-services', processorMs: 30_010 },
          { name: 'browser tests', processorMs: 28_900 },
        ],
      },
    },
  });
}
