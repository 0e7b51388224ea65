import {
  atLeast,
  atMost,
  type LoadPlan,
  type LoadSummary,
  measurement,
  rateBelow,
} from '../../../harness/engine/index.ts';
import type { LoadProfile } from './cluster-profiles.ts';

/** What one iteration requests, in order. */
export const pathsOfIteration: readonly string[] = [
  '/api/auth/me',
  '/api/users/me',
  '/api/users?page_size=5',
  '/api/users/stats',
];

/** Maximum times of expected responses, milliseconds. */
export const limitsMs = { p95: 500, p99: 2_000 };

/** The load of signed-in users who read. */
export function loadOf(profile: LoadProfile, tokenOf?: (index: number) => string): LoadPlan {
  return {
    name: 'signed-in-users',
    model: { stages: [{ rate: profile.rate, duration: profile.duration }] },
    iterationP99Ms: 1000,
    flows: [
      {
        name: 'read',
        weight: 1,
        steps: pathsOfIteration.map((path, index) => ({
          service: 'gateway' as const,
          method: 'GET',
          path,
          ...(tokenOf ? { token: tokenOf(index) } : {}),
          expectedStatuses: [200],
        })),
      },
    ],
  };
}

/** What the load must show, with one load generator or with many. */
export function requirementsOf({ rate, duration }: LoadProfile) {
  return {
    errors: rateBelow(5, 59),
    // Iterations that the generator could not start are its own failure, not the product's. Those that wait for a
    // slow product show in the times.
    requests: measurement(atLeast(rate * duration * pathsOfIteration.length * 0.95, 'requests')),
    dropped: measurement(atMost(0, 'iterations')),
    p95: atMost(limitsMs.p95, 'ms'),
    p99: atMost(limitsMs.p99, 'ms'),
  };
}

/** What the load has shown. Times are rounded up, so rounding never meets a limit. */
export function observationsOf(summary: LoadSummary) {
  return {
    errors: { failed: summary.failed, total: summary.total },
    requests: summary.total,
    dropped: summary.dropped,
    p95: Math.ceil(summary.p95Ms * 10) / 10,
    p99: Math.ceil(summary.p99Ms * 10) / 10,
  };
}
