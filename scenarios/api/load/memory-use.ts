import type { Sample } from '../../services/prometheus-text.ts';

/** Memory of a process as its own metrics show it. Bytes. */
export interface MemoryUse {
  /** Objects that have survived for a while, and memory outside of the heap, e.g. buffers. */
  keptBytes: number;
  residentBytes: number;
  /** Collections of the old part of the heap since the start of the process. Each frees what is no longer used. */
  majorCollections: number;
}

/** @returns undefined when the metrics lack one of the figures */
export function memoryUse(samples: readonly Sample[]): MemoryUse | undefined {
  const sum = (name: string, matches: (labels: Sample['labels']) => boolean = () => true) => {
    const found = samples.filter((sample) => sample.name === name && matches(sample.labels));
    return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
  };
  const old = sum(
    'nodejs_heap_space_size_used_bytes',
    ({ space }) => space === 'old' || space === 'large_object',
  );
  const external = sum('nodejs_external_memory_bytes');
  const resident = sum('process_resident_memory_bytes');
  if (old === undefined || external === undefined || resident === undefined) return undefined;
  return {
    keptBytes: old + external,
    residentBytes: resident,
    // Without one so far, the metrics have no such series.
    majorCollections: sum('nodejs_gc_duration_seconds_count', ({ kind }) => kind === 'major') ?? 0,
  };
}
