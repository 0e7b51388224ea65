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
    render: async () => requests.render(withoutTotalGauges(await registry.metrics())),
  };
}

/**
 * prom-client names three gauges of the process `…_total`, which Prometheus reserves for counters. The gauge without
 * this suffix has the same values by type and is kept; its sum is the total.
 */
function withoutTotalGauges(text: string): string {
  return text.replaceAll(
    /^(?:# (?:HELP|TYPE) )?nodejs_active_(?:handles|requests|resources)_total\b.*\n+/gm,
    '',
  );
}
