/** How many requests a subject (an address, a user) may make in a time. */
export interface LimitRule {
  name: string;
  limit: number;
  windowMs: number;
  /**
   * Requests fetched at once from the shared count and spent without asking again. 1 is exact for any number of
   * gateways; more saves round trips, and a gateway that stops takes what it has not spent with it.
   */
  lease: number;
}

/** What the shared count gave. */
export interface Grant {
  /** From 0 to the number wanted. */
  granted: number;
  /** Of the window, after this grant. */
  used: number;
  /** Milliseconds until the window ends. */
  resetMs: number;
}

export interface LimitStore {
  /** Takes up to `wanted` requests from what the rule leaves the key, atomically. */
  take(key: string, rule: LimitRule, wanted: number): Promise<Grant>;
}

export interface Decision {
  allowed: boolean;
  rule: LimitRule;
  remaining: number;
  /** Milliseconds until the window ends. */
  resetMs: number;
}

interface Lease {
  left: number;
  used: number;
  endsAt: number;
  /** While set, the window is known to be used up: no need to ask. */
  deniedUntil: number;
}

export interface LimiterOptions {
  store: LimitStore;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Most subjects remembered of each rule; default 20,000. */
  maxLeases?: number;
}

export interface Limiter {
  /** Counts one request of a subject. Answers at once when a lease covers it. */
  take(rule: LimitRule, subject: string): Decision | Promise<Decision>;
}

/** How long a refusal is repeated without asking the store again, milliseconds. */
const denialMs = 500;

const keyOf = (rule: LimitRule, subject: string) => `rate_limit:${rule.name}:${subject}`;

/**
 * Counts requests in fixed windows that begin with the first request. The store holds the truth; leases make most
 * decisions free of a round trip without ever allowing more than the limit.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { store, now } = options;
  const maxLeases = options.maxLeases ?? 20_000;
  /** By rule, then subject: joining the two for every request would cost more than the rest of the decision. */
  const leases = new Map<string, Map<string, Lease>>();
  const refills = new Map<string, Promise<void>>();

  function leasesOf(rule: LimitRule): Map<string, Lease> {
    let known = leases.get(rule.name);
    if (known === undefined) {
      known = new Map();
      leases.set(rule.name, known);
    }
    return known;
  }

  function decide(rule: LimitRule, lease: Lease, allowed: boolean): Decision {
    if (allowed) lease.left -= 1;
    return {
      allowed,
      rule,
      remaining: Math.max(0, rule.limit - lease.used + lease.left),
      resetMs: Math.max(0, lease.endsAt - now()),
    };
  }

  async function fetchLease(rule: LimitRule, subject: string): Promise<Lease> {
    const grant = await store.take(keyOf(rule, subject), rule, rule.lease);
    const at = now();
    return {
      left: grant.granted,
      used: grant.used,
      endsAt: at + grant.resetMs,
      deniedUntil: grant.granted === 0 ? at + Math.min(denialMs, grant.resetMs) : 0,
    };
  }

  function remember(rule: LimitRule, subject: string, lease: Lease): void {
    const known = leasesOf(rule);
    known.delete(subject);
    if (known.size >= maxLeases) known.delete(known.keys().next().value as string);
    known.set(subject, lease);
  }

  async function takeSlowly(rule: LimitRule, subject: string): Promise<Decision> {
    if (rule.lease === 1) {
      const lease = await fetchLease(rule, subject);
      // What was granted belongs to this request alone; only a refusal is worth remembering.
      if (lease.left === 0) remember(rule, subject, lease);
      return decide(rule, lease, lease.left > 0);
    }
    // One refill serves all who wait for it; whoever finds it spent already asks for the next.
    const key = keyOf(rule, subject);
    for (;;) {
      let running = refills.get(key);
      if (running === undefined) {
        running = fetchLease(rule, subject)
          .then((lease) => remember(rule, subject, lease))
          .finally(() => refills.delete(key));
        refills.set(key, running);
      }
      await running;
      const lease = leasesOf(rule).get(subject);
      if (lease !== undefined && (lease.left > 0 || lease.deniedUntil > 0))
        return decide(rule, lease, lease.left > 0);
    }
  }

  return {
    take(rule, subject) {
      const lease = leases.get(rule.name)?.get(subject);
      if (lease !== undefined) {
        const at = now();
        if (lease.left > 0 && at < lease.endsAt) return decide(rule, lease, true);
        if (at < lease.deniedUntil) return decide(rule, lease, false);
      }
      return takeSlowly(rule, subject);
    },
  };
}

/** The headers that tell a client where it stands (IETF draft "RateLimit header fields for HTTP"), as pairs. */
export function limitHeaders({ rule, remaining, resetMs, allowed }: Decision): string[] {
  const seconds = String(Math.ceil(resetMs / 1000));
  const headers = [
    'ratelimit-limit',
    String(rule.limit),
    'ratelimit-remaining',
    String(remaining),
    'ratelimit-reset',
    seconds,
    'ratelimit-policy',
    `${rule.limit};w=${Math.round(rule.windowMs / 1000)}`,
  ];
  if (!allowed) headers.push('retry-after', seconds === '0' ? '1' : seconds);
  return headers;
}
