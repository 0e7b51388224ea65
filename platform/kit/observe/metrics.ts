import { collectDefaultMetrics, Registry } from 'prom-client';
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
  collectDefaultMetrics({ register: registry });
  const requests = createRequestMetrics(service);
  return {
    registry,
    requests,
    render: async () => requests.render() + (await registry.metrics()),
  };
}
