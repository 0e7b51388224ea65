import { Pool } from 'undici';
import type { ServiceName } from '../contracts/service.ts';
import type { Log } from '../kit/log.ts';
import { type BreakerState, type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

/** A service behind the gateway: its connections and what is known of its health. */
export interface Upstream {
  readonly name: ServiceName;
  readonly baseUrl: string;
  readonly pool: Pool;
  readonly breaker: CircuitBreaker;
}

export interface UpstreamOptions {
  name: ServiceName;
  /** Without trailing slash. */
  baseUrl: string;
  /** Most connections kept to the service. */
  connections: number;
  /** Failures in a row that open the circuit. */
  breakerFailures: number;
  /** How long the circuit stays open at first, milliseconds. */
  breakerOpenMs: number;
  log: Log;
  onChange?: (name: ServiceName, state: BreakerState) => void;
}

/** Most time to open a connection, milliseconds; services are near. */
const connectTimeoutMs = 2_000;
const maxOpenMs = 60_000;

/** Opens no connection yet; the first request does. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, baseUrl, log } = options;
  return {
    name,
    baseUrl,
    pool: new Pool(new URL(baseUrl).origin, {
      connections: options.connections,
      connect: { timeout: connectTimeoutMs },
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
