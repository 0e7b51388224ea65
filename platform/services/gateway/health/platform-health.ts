import { healthTimeoutMs, type PlatformHealth } from '../../../contracts/gateway/contract.ts';
import { Readiness } from '../../../contracts/operational.ts';
import type { Upstream } from '../upstream/upstream.ts';

type ServiceHealth = PlatformHealth['services'][number];

/** What went wrong, in words that give no address or path away. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError') return `no answer within ${healthTimeoutMs} ms`;
  if (code === 'ECONNREFUSED') return 'connection refused';
  return 'no answer';
}

function judge(upstream: Upstream, status: number, body: unknown): Pick<ServiceHealth, 'status' | 'error'> {
  const readiness = Readiness.safeParse(body);
  if (!readiness.success)
    return { status: 'unhealthy', error: `answered ${status} without a readiness report` };
  const { service, checks } = readiness.data;
  if (service !== upstream.name) return { status: 'unhealthy', error: `${service} answers in its place` };
  if (status === 200 && readiness.data.status === 'ready') return { status: 'healthy' };
  const failed = Object.keys(checks).filter((name) => checks[name]?.status !== 'ok');
  return { status: 'unhealthy', error: `not ready: ${failed.join(', ') || 'no reason given'}` };
}

async function askOne(upstream: Upstream, headers: Record<string, string>): Promise<ServiceHealth> {
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const answer = await upstream.pool.request({
      method: 'GET',
      path: '/ready',
      headers,
      signal: AbortSignal.timeout(healthTimeoutMs),
    });
    const body = await answer.body.json().catch(() => undefined);
    return { name: upstream.name, response_time_ms: elapsed(), ...judge(upstream, answer.statusCode, body) };
  } catch (error) {
    return {
      name: upstream.name,
      status: 'unreachable',
      response_time_ms: elapsed(),
      error: reasonOf(error),
    };
  }
}

/** Asks every service at once whether it is ready and whether it is the one it should be. */
export async function askPlatform(
  upstreams: Iterable<Upstream>,
  headers: Record<string, string>,
): Promise<PlatformHealth> {
  const services = await Promise.all([...upstreams].map((upstream) => askOne(upstream, headers)));
  return {
    status: services.every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded',
    gateway: 'healthy',
    services,
    timestamp: new Date().toISOString(),
  };
}
