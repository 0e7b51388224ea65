import { atLeast, atMost, defineCheck, measurement, rateBelow } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { readyCheckId } from '../services/operational-routes.ts';

/** Iterations per second. Far below the capacity of one core, so that overload causes no errors. */
const rate = 12;
/** Seconds. */
const duration = 10;
const requestsPerIteration = 4;

export const errorRateUnderLoad = defineCheck({
  id: 'api.load.error-rate-below-5-percent',
  title: 'Fewer than 5 % of requests fail under steady load',
  why: 'The assessment asks for error rates below 5 %. The arrival rate is constant, so a slow platform cannot slow down its own test.',
  category: 'api',
  severity: 'blocker',
  weight: 2,
  conditions: ['error-rate'],
  destructive: { kind: 'load', effect: 'sends steady load to the gateway' },
  requires: ['k6'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  isolation: 'exclusive',
  timeoutMs: 90_000,
  remediation: {
    text: 'The evidence lists failures by request and status. 429: the limits are below normal use. 502 to 504: a service behind the gateway is slow or down. Long times without errors: check pool size, event-loop lag and the slowest query.',
    effort: 'days',
  },
  expects: {
    errors: rateBelow(5, 59),
    // Iterations that the generator could not start are its own failure, not the product's. Those that wait for a
    // slow product show in the times.
    requests: measurement(atLeast(rate * duration * requestsPerIteration * 0.95, 'requests')),
    dropped: measurement(atMost(0, 'iterations')),
    p95: atMost(500, 'ms'),
    p99: atMost(2000, 'ms'),
  },
  run: async ({ account, load }) => {
    const users = await Promise.all(Array.from({ length: requestsPerIteration }, () => account()));
    const paths = ['/api/auth/me', '/api/users/me', '/api/users?page_size=5', '/api/users/stats'];
    const summary = await load.run({
      name: 'signed-in-users',
      rate,
      duration,
      iterationP99Ms: 1000,
      requests: paths.map((path, index) => ({
        service: 'gateway' as const,
        method: 'GET',
        path,
        token: users[index]?.accessToken ?? '',
        expectedStatuses: [200],
      })),
    });
    return {
      errors: { failed: summary.failed, total: summary.total },
      requests: summary.total,
      dropped: summary.dropped,
      p95: Math.round(summary.p95Ms * 10) / 10,
      p99: Math.round(summary.p99Ms * 10) / 10,
    };
  },
});
