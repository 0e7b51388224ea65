import { type CheckContext, ProductUnreachable } from '../../../harness/engine/index.ts';
import { PlatformHealth } from '../../../platform/contracts/gateway/contract.ts';
import { Readiness } from '../../../platform/contracts/operational.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';

/** What a service says of itself. */
export interface ServiceState {
  service: ServiceName;
  /** Status of `/health`; 0 without a response. */
  health: number;
  /** Status of `/ready`; 0 without a response. */
  ready: number;
  /** Dependencies that `/ready` reports as failed. */
  failed: readonly string[];
}

/** What the gateway says of the platform. */
export interface PlatformState {
  status: string;
  services: Readonly<Record<string, { status: string; error: string }>>;
}

/** A stopped store delays the response of `/ready` by up to its own limit of a second. */
const limitMs = 5_000;

export function readStates(
  context: Pick<CheckContext, 'http'>,
  services: readonly ServiceName[] = serviceNames,
): Promise<ServiceState[]> {
  return Promise.all(
    services.map(async (service) => {
      const [health, ready] = await Promise.all([
        statusOf(context, service, '/health'),
        statusOf(context, service, '/ready'),
      ]);
      const { data } = Readiness.safeParse(ready.json);
      const failed = Object.entries(data?.checks ?? {})
        .filter(([, { status }]) => status !== 'ok')
        .map(([name]) => name);
      return { service, health: health.status, ready: ready.status, failed };
    }),
  );
}

async function statusOf(
  { http }: Pick<CheckContext, 'http'>,
  service: ServiceName,
  path: string,
): Promise<{ status: number; json?: unknown }> {
  try {
    return await http.request(service, path, { timeoutMs: limitMs });
  } catch (error) {
    if (!(error instanceof ProductUnreachable)) throw error;
    return { status: 0 };
  }
}

/** @returns undefined without a report */
export async function readPlatformState(
  context: Pick<CheckContext, 'http'>,
): Promise<PlatformState | undefined> {
  const { json } = await statusOf(context, 'gateway', '/api/health');
  const { data } = PlatformHealth.safeParse(json);
  if (!data) return undefined;
  const services = data.services.map(
    ({ name, status, error }) => [name, { status, error: error ?? '' }] as const,
  );
  return { status: data.status, services: Object.fromEntries(services) };
}
