import { parsePrometheus, type Sample } from '../../services/prometheus-text.ts';

/** Memory of a process as its own metrics show it. Bytes. */
export interface MemoryUse {
  /** Objects that have survived for a while. */
  oldBytes: number;
  /** Objects that were not in any collection yet, or in one: garbage and objects that will stay. */
  youngBytes: number;
  /** Memory outside of the heap, e.g. buffers. */
  externalBytes: number;
  /** Collections of the old part of the heap since the start of the process. Each frees what is no longer used. */
  majorCollections: number;
  /** Requests that the process has completed since its start. */
  completedRequests: number;
}

/** The lines of its figures: a gateway has thousands of others, and a load lets them be read again and again. */
const figures =
  /^(?:nodejs_(?:heap_space_size_used_bytes|external_memory_bytes|gc_duration_seconds_count)|http_requests_total)\b.*/gm;

/**
 * @param metrics in the Prometheus text format
 * @returns undefined when the metrics lack one of the figures
 */
export function memoryUse(metrics: string): MemoryUse | undefined {
  const { samples } = parsePrometheus((metrics.match(figures) ?? []).join('\n'));
  const sum = (name: string, matches: (labels: Sample['labels']) => boolean = () => true) => {
    const found = samples.filter((sample) => sample.name === name && matches(sample.labels));
    return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
  };
  const spaces = (...names: string[]) =>
    sum('nodejs_heap_space_size_used_bytes', ({ space }) => names.includes(space ?? ''));
  const oldBytes = spaces('old', 'large_object');
  const youngBytes = spaces('new', 'new_large_object');
  const externalBytes = sum('nodejs_external_memory_bytes');
  if (oldBytes === undefined || youngBytes === undefined || externalBytes === undefined) return undefined;
  return {
    oldBytes,
    youngBytes,
    externalBytes,
    // Without one so far, the metrics have no such series.
    majorCollections: sum('nodejs_gc_duration_seconds_count', ({ kind }) => kind === 'major') ?? 0,
    completedRequests: sum('http_requests_total') ?? 0,
  };
}
