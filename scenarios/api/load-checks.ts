import { atLeast, atMost, defineCheck, equals, rateBelow } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';

/** Iterations per second and seconds; four requests each. Far below what one core serves, so that errors are errors. */
const rate = 12;
const duration = 10;
const requestsPerIteration = 4;

export const errorRateUnderLoad = defineCheck({
  id: 'load.signed-in-users.error-rate-below-5-percent',
  title: 'Under steady load fewer than 5 % of requests fail, and answers stay quick',
  why: 'The assessment asks for error rates below 5 %. Arrivals keep their rate whatever the answers, so that a slow platform cannot slow its own test down.',
  category: 'api',
  severity: 'blocker',
  weight: 2,
  conditions: ['error-rate'],
  requires: ['k6'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  isolation: 'exclusive',
  timeoutMs: 90_000,
  remediation: {
    text: 'The evidence has failures by request and status. 429: the limits are below normal use. 502 to 504: a service behind the gateway is slow or gone. Long times without errors: pool size, event-loop lag, and the slowest query.',
    effort: 'days',
  },
  expects: {
    errors: rateBelow(5, 59),
    requests: atLeast(rate * duration * requestsPerIteration * 0.95, 'requests'),
    // Iterations the generator could not start are the generator's failure, and no sample of the product.
    dropped: equals(0),
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
