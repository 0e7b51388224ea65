import { setTimeout as pause } from 'node:timers/promises';
import type { Exchange } from '../../../harness/engine/index.ts';
import { ProductUnreachable } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';

/** One kind of request of the load. */
export interface LoadedRoute {
  /** Method and path, as reports show it. */
  name: string;
  /** Service that the client connects to. */
  via: ServiceName;
  /** Service that the response comes from; its restart concerns the route. */
  service: ServiceName;
  /** Other nodes without which the route cannot respond. */
  needs: readonly string[];
  everyMs: number;
  /** Sends one request. @returns undefined where it had to be skipped */
  send(): Promise<Exchange | undefined>;
  /** Statuses of success. */
  success: readonly number[];
}

/** One request of the load with what came of it. */
export interface LoadedRequest {
  route: LoadedRoute;
  startedAtMs: number;
  endedAtMs: number;
  /** 0: no response. */
  status: number;
  /** Code of the problem, or of the transport. */
  code: string;
  hasRetryAfter: boolean;
}

export interface SteadyLoad {
  readonly requests: readonly LoadedRequest[];
  /** Sends no more and waits for the rest. */
  stop(): Promise<void>;
}

/**
 * Sends every route at its rate, whether or not earlier requests have a response: waiting for them would send less the
 * worse it goes. The routes start in sequence, so that the load is even.
 */
export function startSteadyLoad(routes: readonly LoadedRoute[], signal: AbortSignal): SteadyLoad {
  const requests: LoadedRequest[] = [];
  const ended = new AbortController();
  const until = AbortSignal.any([ended.signal, signal]);
  const running = new Set<Promise<void>>();
  const sending = routes.map(async (route, index) => {
    const firstAtMs = performance.now() + (route.everyMs * index) / routes.length;
    for (let count = 0; ; count += 1) {
      const waitMs = firstAtMs + count * route.everyMs - performance.now();
      await pause(Math.max(0, waitMs), undefined, { signal: until }).catch(() => undefined);
      if (until.aborted) return;
      const request = sendOne(route, requests, signal).finally(() => running.delete(request));
      running.add(request);
    }
  });
  return {
    requests,
    async stop() {
      ended.abort();
      await Promise.all(sending);
      await Promise.all(running);
    },
  };
}

async function sendOne(route: LoadedRoute, requests: LoadedRequest[], signal: AbortSignal): Promise<void> {
  const startedAtMs = performance.now();
  const record = (seen: Pick<LoadedRequest, 'status' | 'code' | 'hasRetryAfter'>) =>
    requests.push({ route, startedAtMs, endedAtMs: performance.now(), ...seen });
  try {
    const exchange = await route.send();
    if (!exchange) return;
    const { error } = (exchange.json ?? {}) as { error?: unknown };
    record({
      status: exchange.status,
      code: typeof error === 'string' ? error : '',
      hasRetryAfter: Number(exchange.headers['retry-after']) > 0,
    });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ProductUnreachable)) throw error;
    record({ status: 0, code: error.code, hasRetryAfter: false });
  }
}
