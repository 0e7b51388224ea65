/** How many requests a subject (an address or a user) may send in a period. */
export interface LimitRule {
  name: string;
  limit: number;
  windowMs: number;
  /**
   * Requests that a gateway takes from the shared count at once and then spends locally. 1 is exact for any number of
   * gateways. A higher number saves round trips, but a gateway that stops loses what it has not spent.
   */
  lease: number;
}

/** What the store granted from the shared count. */
export interface Grant {
  /** From 0 to the number requested. */
  granted: number;
  /** Requests used in the window, this grant included. */
  used: number;
  /** Milliseconds until the window ends. */
  resetMs: number;
}

export interface LimitStore {
  /** Takes up to `requested` requests from what the key has left, atomically. */
  take(key: string, rule: LimitRule, requested: number): Promise<Grant>;
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
  /** Until then requests are denied without asking the store: the window is used up. 0 when it is not. */
  deniedUntil: number;
}

export interface LimiterOptions {
  store: LimitStore;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
}

export interface Limiter {
  /** Counts one request of a subject. Returns no promise when a lease covers it. */
  take(rule: LimitRule, subject: string): Decision | Promise<Decision>;
}

/** Maximum number of subjects remembered per rule; the oldest is dropped. */
const maxSubjects = 20_000;

/** How long a subject is denied without asking the store again, milliseconds. */
const denialMs = 500;

const keyOf = (rule: LimitRule, subject: string) => `rate_limit:${rule.name}:${subject}`;

/**
 * Counts requests in fixed windows that begin with the first request. The store has the shared count; with leases most
 * decisions need no round trip, and the limit is never exceeded.
 */
export function createLimiter({ store, now }: LimiterOptions): Limiter {
  /** By rule, then subject: building a joined key for every request would cost more than the decision. */
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
    if (known.size >= maxSubjects) known.delete(known.keys().next().value as string);
    known.set(subject, lease);
  }

  async function takeFromStore(rule: LimitRule, subject: string): Promise<Decision> {
    if (rule.lease === 1) {
      const lease = await fetchLease(rule, subject);
      // A grant belongs to this request alone; only a denial can be reused.
      if (lease.left === 0) remember(rule, subject, lease);
      return decide(rule, lease, lease.left > 0);
    }
    // All requests that wait share one refill; a request that finds it spent starts the next.
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
      return takeFromStore(rule, subject);
    },
  };
}

/** The state of a limit as headers (IETF draft "RateLimit header fields for HTTP"), names and values in turn. */
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
