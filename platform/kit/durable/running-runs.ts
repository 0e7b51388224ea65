/** The runs that a process executes now. */
export interface RunningRuns {
  readonly size: number;
  add(id: string, tenant: string | undefined): void;
  delete(id: string): void;
  has(id: string): boolean;
  /**
   * Whether this process has, or had within the last second, as many runs as it may have, in all or of one tenant. The
   * engine counts a run for some time after its end.
   */
  isFull(): boolean;
}

/** How long a process counts as full after it was, milliseconds. */
const fullForMs = 1_000;

export function createRunningRuns(options: {
  concurrency: number;
  perTenant?: number;
  /** Milliseconds of a clock that never goes back; default `performance.now`. */
  elapsedMs?: () => number;
}): RunningRuns {
  const { concurrency, perTenant = Number.POSITIVE_INFINITY, elapsedMs = () => performance.now() } = options;
  const tenants = new Map<string, string>();
  const counts = new Map<string, number>();
  let fullAtMs = Number.NEGATIVE_INFINITY;
  return {
    get size() {
      return tenants.size;
    },
    add(id, tenant = '') {
      tenants.set(id, tenant);
      counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    },
    delete(id) {
      const tenant = tenants.get(id);
      if (tenant === undefined) return;
      const count = counts.get(tenant) ?? 0;
      if (tenants.size >= concurrency || count >= perTenant) fullAtMs = elapsedMs();
      tenants.delete(id);
      if (count > 1) counts.set(tenant, count - 1);
      else counts.delete(tenant);
    },
    has: (id) => tenants.has(id),
    isFull: () =>
      tenants.size >= concurrency ||
      counts.values().some((count) => count >= perTenant) ||
      elapsedMs() - fullAtMs < fullForMs,
  };
}
