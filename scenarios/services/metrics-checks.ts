import {
  atLeast,
  type CheckDefinition,
  defineCheck,
  empty,
  equals,
  matches,
} from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { servedBy } from '../kit/response.ts';
import { readyCheckId } from './define-operational-checks.ts';
import { parsePrometheus, type Sample } from './prometheus-text.ts';

const requests = 3;

/** Every process can be watched: its metrics parse, and they count what really happens. */
export const metricsChecks: readonly CheckDefinition[] = serviceNames.map((name) =>
  defineCheck({
    id: `${name === 'frontend' ? name : `services.${name}`}.metrics`,
    title: `${name} has Prometheus metrics that count its requests`,
    why: 'Alerts are made of these numbers. A series that does not move when requests come in hides every outage.',
    category: name === 'frontend' ? 'frontend' : 'services',
    severity: 'medium',
    needs: [readyCheckId(name)],
    services: [name],
    remediation: {
      text: 'Let every answer pass the counter http_requests_total{method,route,status_code} (platform/kit/observe/metrics.ts), and serve the registry at /metrics in text format.',
      effort: 'hours',
    },
    expects: {
      status: equals(200),
      servedBy: equals(name),
      contentType: matches(/^text\/plain/),
      broken: empty(),
      countedRequests: atLeast(requests, 'requests'),
      durationsKnown: equals(true),
    },
    run: async ({ http }) => {
      const before = parsePrometheus((await http.request(name, '/metrics')).text);
      for (let request = 0; request < requests; request += 1) await http.request(name, '/health');
      const answer = await http.request(name, '/metrics');
      const after = parsePrometheus(answer.text);
      return {
        status: answer.status,
        servedBy: servedBy(answer),
        contentType: answer.headers['content-type'] ?? '',
        broken: after.broken.slice(0, 10),
        countedRequests: healthCount(after.samples) - healthCount(before.samples),
        durationsKnown: after.samples.some(
          (sample) => sample.name === 'http_request_duration_seconds_bucket',
        ),
      };
    },
  }),
);

function healthCount(samples: readonly Sample[]): number {
  return samples
    .filter(({ name, labels }) => name === 'http_requests_total' && labels.route === '/health')
    .reduce((sum, { value }) => sum + value, 0);
}
