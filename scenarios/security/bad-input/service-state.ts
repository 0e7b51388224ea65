import type { CheckContext } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { valueAt } from '../../kit/shape.ts';

/** Whether the service is ready, by its own response and by the gateway's. */
export async function isReady({ http }: CheckContext, service: ServiceName): Promise<boolean> {
  const [own, platform] = await Promise.all([
    http.request(service, '/ready'),
    http.request('gateway', '/api/health'),
  ]);
  const services = valueAt(platform.json, 'services') as { name: string; status: string }[] | undefined;
  return own.status === 200 && services?.find(({ name }) => name === service)?.status === 'healthy';
}

/** Processes of the service and the gateway that have ended since the boot, with the reason. */
export function endedProcesses({ exited }: CheckContext, service: ServiceName): string[] {
  return exited()
    .filter(({ node }) => node === service || node === 'gateway')
    .map(({ node, reason }) => `${node}: ${reason}`);
}
