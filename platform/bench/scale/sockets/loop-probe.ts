import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What an event loop did during a while. All times in milliseconds. */
export interface LoopReport {
  /** Delay of a timer of 1 ms, as `perf_hooks` reports it: includes time that the system gave to other processes. */
  delay: Distribution;
  /** Processor time that the main thread used without a pause: the stalls of its own. */
  busy: Distribution;
  rssMb: number;
  heapMb: number;
}

export interface Distribution {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

export interface LoopProbe {
  reset(): void;
  report(): LoopReport;
}

const round = (ms: number) => Math.round(ms * 100) / 100;

function distributionOf(values: number[]): Distribution {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}

/** Measures the event loop of this process. */
export function startLoopProbe(): LoopProbe {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  let busy: number[] = [];
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let before = cpuMs();
  setInterval(() => {
    const now = cpuMs();
    busy.push(now - before);
    before = now;
  }, 1).unref();
  const percentile = (share: number) => round(histogram.percentile(share) / 1e6);
  return {
    reset() {
      histogram.reset();
      busy = [];
    },
    report() {
      (globalThis as { gc?: () => void }).gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      const delay = { p50: percentile(50), p99: percentile(99), p999: percentile(99.9) };
      return {
        delay: { ...delay, max: round(histogram.max / 1e6) },
        busy: distributionOf(busy),
        rssMb: round(rss / 1e6),
        heapMb: round(heapUsed / 1e6),
      };
    },
  };
}
