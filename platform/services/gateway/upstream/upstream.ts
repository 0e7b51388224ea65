import { Pool } from 'undici';
import type { ServiceName } from '../../../contracts/service.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { type BreakerState, type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

/** A service behind the gateway: its connection pool and its circuit breaker. */
export interface Upstream {
  readonly name: ServiceName;
  readonly pool: Pool;
  readonly breaker: CircuitBreaker;
}

export interface UpstreamOptions {
  name: ServiceName;
  /** Without trailing slash. */
  baseUrl: string;
  /** Maximum number of connections to the service. */
  connections: number;
  /** Maximum time to open a connection, milliseconds; default 2,000, because services are on the same network. */
  connectTimeoutMs?: number;
  /** Failures in a row that open the circuit. */
  breakerFailures: number;
  /** How long the circuit stays open at first, milliseconds. */
  breakerOpenMs: number;
  log: Log;
  onChange?: (name: ServiceName, state: BreakerState) => void;
}

/** Maximum time that a connection is kept without a request, milliseconds; services close theirs after 72 s. */
const keptIdleMs = 30_000;
const maxOpenMs = 60_000;

/** Does not connect; the first request does. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, connections, connectTimeoutMs = 2_000, log } = options;
  return {
    name,
    pool: new Pool(new URL(options.baseUrl).origin, {
      connections,
      connect: { timeout: connectTimeoutMs },
      keepAliveMaxTimeout: keptIdleMs,
    }),
    breaker: createCircuitBreaker({
      failuresToOpen: options.breakerFailures,
      openMs: options.breakerOpenMs,
      maxOpenMs: Math.max(maxOpenMs, options.breakerOpenMs),
      now: () => performance.now(),
      onChange: (state) => {
        log.warn({ upstream: name, state }, 'circuit breaker changed');
        options.onChange?.(name, state);
      },
    }),
  };
}
