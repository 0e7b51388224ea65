import { healthTimeoutMs, type PlatformHealth } from '../../../contracts/gateway/contract.ts';
import { Readiness } from '../../../contracts/operational.ts';
import type { Upstream } from '../upstream/upstream.ts';

type ServiceHealth = PlatformHealth['services'][number];

/** The reason of a failure, without addresses or paths: clients read it. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError') return `no response within ${healthTimeoutMs} ms`;
  if (code === 'ECONNREFUSED') return 'connection refused';
  return 'no response';
}

function assess(upstream: Upstream, status: number, body: unknown): Pick<ServiceHealth, 'status' | 'error'> {
  const readiness = Readiness.safeParse(body);
  if (!readiness.success)
    return { status: 'unhealthy', error: `responded with ${status} and no readiness report` };
  const { service, checks } = readiness.data;
  if (service !== upstream.name) return { status: 'unhealthy', error: `${service} runs at its address` };
  if (status === 200 && readiness.data.status === 'ready') return { status: 'healthy' };
  const failed = Object.keys(checks).filter((name) => checks[name]?.status !== 'ok');
  return { status: 'unhealthy', error: `not ready: ${failed.join(', ') || 'no reason given'}` };
}

async function checkOne(upstream: Upstream, headers: Record<string, string>): Promise<ServiceHealth> {
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const response = await upstream.pool.request({
      method: 'GET',
      path: '/ready',
      headers,
      signal: AbortSignal.timeout(healthTimeoutMs),
    });
    const body = await response.body.json().catch(() => undefined);
    return {
      name: upstream.name,
      response_time_ms: elapsed(),
      ...assess(upstream, response.statusCode, body),
    };
  } catch (error) {
    return {
      name: upstream.name,
      status: 'unreachable',
      response_time_ms: elapsed(),
      error: reasonOf(error),
    };
  }
}

/** Checks all services in parallel: each must be ready, and must be the service expected at its address. */
export async function checkPlatform(
  upstreams: Iterable<Upstream>,
  headers: Record<string, string>,
): Promise<PlatformHealth> {
  const services = await Promise.all([...upstreams].map((upstream) => checkOne(upstream, headers)));
  return {
    status: services.every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded',
    gateway: 'healthy',
    services,
    timestamp: new Date().toISOString(),
  };
}
