import { Pool } from 'undici';
import type { ServiceName } from '../../../contracts/service.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { type BreakerState, type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { dispatchRequest } from './dispatch-request.ts';
import type { AnswerHandler, Exchange, UpstreamRequest } from './exchange.ts';

/** A service behind the gateway: its connections and what is known of its health. */
export interface Upstream {
  readonly name: ServiceName;
  readonly baseUrl: string;
  readonly pool: Pool;
  readonly breaker: CircuitBreaker;
  send(request: UpstreamRequest, handler: AnswerHandler): Exchange;
  close(): Promise<void>;
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

const now = () => performance.now();

/** Opens no connection yet; the first request does. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, baseUrl, connections, log } = options;
  const url = new URL(baseUrl);
  const pool = new Pool(url.origin, { connections, connect: { timeout: connectTimeoutMs } });
  return {
    name,
    baseUrl,
    pool,
    send: (request, handler) => dispatchRequest(pool, request, handler),
    close: () => pool.close(),
    breaker: createCircuitBreaker({
      failuresToOpen: options.breakerFailures,
      openMs: options.breakerOpenMs,
      maxOpenMs: Math.max(maxOpenMs, options.breakerOpenMs),
      now,
      onChange: (state) => {
        log.warn({ upstream: name, state }, 'circuit breaker changed');
        options.onChange?.(name, state);
      },
    }),
  };
}
