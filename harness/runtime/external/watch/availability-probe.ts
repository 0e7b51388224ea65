import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** Maximum time of one probe, milliseconds: a later response counts as none. */
export const probeLimitMs = 5_000;

/** What one probe of a service saw. */
export interface AvailabilityProbe {
  /** `performance.now()` of the harness at its start. */
  atMs: number;
  durationMs: number;
  /** `unknown`: nobody could see the service, e.g. because the gateway that reports its state did not respond. */
  state: 'available' | 'failed' | 'unknown';
  /** What was seen instead of the right response; absent for `available`. */
  seen?: string;
  /** The responding process, by its own clock: when it started, and the time of the response, ms since 1970. */
  process?: { startedAt: number; now: number };
}

/** What a probe found, without its times. */
export type Sighting = Omit<AvailabilityProbe, 'atMs' | 'durationMs'>;

interface Body {
  status?: unknown;
  service?: unknown;
  timestamp?: unknown;
  uptime_s?: unknown;
}

/** Sends one GET request. A missing response is a text with the reason. */
export type Get = (url: string) => Promise<{ status: number; json: unknown } | string>;

/**
 * Asks the service itself: `/ready`, or `/health` where there is no `/ready`. The response must name the service. From
 * `/health` it also learns when the process started.
 */
export async function probeDirectly(name: ServiceName, url: string, get: Get): Promise<Sighting> {
  const [ready, health] = await Promise.all([get(`${url}/ready`), get(`${url}/health`)]);
  const process = typeof health === 'string' ? undefined : processIn(health.json as Body | undefined);
  const withoutReady = typeof ready !== 'string' && ready.status === 404;
  const [route, response] = withoutReady ? (['/health', health] as const) : (['/ready', ready] as const);
  if (typeof response === 'string') return { state: 'failed', seen: `GET ${route}: ${response}` };
  const body = (response.json ?? {}) as Body;
  const right = body.service === name && (withoutReady || body.status === 'ready');
  if (response.status === 200 && right) return { state: 'available', ...(process ? { process } : {}) };
  const { status, service } = body;
  const seen = `GET ${route}: ${response.status}, service ${JSON.stringify(service)}, status ${JSON.stringify(status)}`;
  return { state: 'failed', seen };
}

/** Reads the states that the gateway reports of the services behind it. */
export async function probeThroughGateway(
  names: readonly ServiceName[],
  gatewayUrl: string,
  get: Get,
): Promise<ReadonlyMap<ServiceName, Sighting>> {
  const response = await get(`${gatewayUrl}/api/health`);
  const services =
    typeof response === 'string'
      ? undefined
      : (response.json as { services?: unknown } | undefined)?.services;
  const reported = new Map(
    (Array.isArray(services) ? services : []).map(
      (one: { name?: string; status?: string; error?: string }) => [one?.name, one],
    ),
  );
  const without = typeof response === 'string' ? response : `status ${response.status}`;
  return new Map(
    names.map((name): [ServiceName, Sighting] => {
      const report = reported.get(name);
      if (report === undefined) return [name, { state: 'unknown', seen: `GET /api/health: ${without}` }];
      if (report.status === 'healthy') return [name, { state: 'available' }];
      const seen = `the gateway reports ${report.status}${report.error ? `: ${report.error}` : ''}`;
      return [name, { state: 'failed', seen }];
    }),
  );
}

function processIn(body: Body | undefined): AvailabilityProbe['process'] {
  const now = typeof body?.timestamp === 'string' ? Date.parse(body.timestamp) : Number.NaN;
  const uptimeS = typeof body?.uptime_s === 'number' ? body.uptime_s : Number.NaN;
  return Number.isFinite(now - uptimeS) ? { startedAt: now - uptimeS * 1_000, now } : undefined;
}
