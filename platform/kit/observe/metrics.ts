import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { openFileDescriptors } from './open-file-descriptors.ts';
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts';

export interface Metrics {
  /** For a service's own counters and gauges. */
  readonly registry: Registry;
  readonly requests: Pick<RequestMetrics, 'observe'>;
  /** All metrics in the Prometheus text format. */
  render(): Promise<string>;
}

/** Creates metrics with their own registry, so that tests can run several services in one process. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectProcessMetrics(registry);
  const requests = createRequestMetrics(service);
  return {
    registry,
    requests,
    render: async () => requests.render(await registry.metrics()),
  };
}

/**
 * Metrics of prom-client that are left out. Those of handles and requests list every open connection on the main thread,
 * twice, and the descriptors are read there as well: with 10,000 connections one scrape stops all requests for 35 ms.
 * `nodejs_active_resources` counts the same by type. A gauge may not be called `…_total`, and is the sum of the types.
 */
const leftOut = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  'process_open_fds',
];

function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of leftOut) registry.removeSingleMetric(name);
  new Gauge({
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    registers: [registry],
    async collect() {
      const count = await openFileDescriptors();
      if (count !== undefined) this.set(count);
    },
  });
}
