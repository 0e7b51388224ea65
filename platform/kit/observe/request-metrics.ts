/** Upper bounds in seconds, from a cached read to a slow model. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface Series {
  /** In the text format. */
  labels: string;
  count: number;
  sumS: number;
  /** Observations per bucket: above the bound before and up to its own; the last is above all bounds. */
  buckets: number[];
  /** The lines of its histogram, until the next observation. */
  lines: string | undefined;
}

export interface RequestMetrics {
  /** Counts one request under its route template. Duration in seconds. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** All series in the Prometheus text format, and then the metrics of others in the same format. */
  render(others?: string): string;
}

/** Escapes a label value for the text format: backslash, double quote and line feed. */
const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/**
 * Creates the counter `http_requests_total` and the histogram `http_request_duration_seconds`. prom-client would hash
 * the labels of both at every request, which took a tenth of the gateway's CPU time.
 */
export function createRequestMetrics(service: string): RequestMetrics {
  const byRoute = new Map<string, Map<string, Map<number, Series>>>();
  const all: Series[] = [];

  function open(method: string, route: string, status: number): Series {
    const buckets = bounds.map(() => 0).concat(0);
    const labels = labelsOf({ method, route, status });
    const one: Series = { labels, count: 0, sumS: 0, buckets, lines: undefined };
    const byMethod = byRoute.get(route) ?? new Map<string, Map<number, Series>>();
    const byStatus = byMethod.get(method) ?? new Map<number, Series>();
    byRoute.set(route, byMethod);
    byMethod.set(method, byStatus);
    byStatus.set(status, one);
    all.push(one);
    return one;
  }

  const labelsOf = ({ method, route, status }: { method: string; route: string; status: number }) =>
    `method="${escaped(method)}",route="${escaped(route)}",status_code="${status}",service="${escaped(service)}"`;

  function histogramOf({ labels, ...series }: Series): string {
    let upTo = 0;
    const buckets = series.buckets.map((count, index) => {
      upTo += count;
      return `http_request_duration_seconds_bucket{le="${bounds[index] ?? '+Inf'}",${labels}} ${upTo}`;
    });
    return [
      ...buckets,
      `http_request_duration_seconds_sum{${labels}} ${series.sumS}`,
      `http_request_duration_seconds_count{${labels}} ${series.count}`,
    ].join('\n');
  }

  return {
    observe(method, route, status, seconds) {
      const series = byRoute.get(route)?.get(method)?.get(status) ?? open(method, route, status);
      series.count += 1;
      series.sumS += seconds;
      let bucket = 0;
      while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1;
      (series.buckets[bucket] as number) += 1;
      series.lines = undefined;
    },
    // Most series stay as they are from one scrape to the next: rendering all of them anew took 11 MB at the gateway.
    render(others = '') {
      const totals = all.map((series) => `http_requests_total{${series.labels}} ${series.count}`);
      return [
        '# HELP http_requests_total Completed requests',
        '# TYPE http_requests_total counter',
        ...totals,
        '# HELP http_request_duration_seconds Time from the request line to the end of the response',
        '# TYPE http_request_duration_seconds histogram',
        ...all.map((series) => (series.lines ??= histogramOf(series))),
        others,
      ].join('\n');
    },
  };
}
