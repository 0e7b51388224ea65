import { Health } from '../../contracts/operational.ts';
import { peerRequest, readBody } from '../../kit/peers/peer-request.ts';
import type { Dependency } from '../../kit/service/dependency.ts';

const maxHealthBytes = 16 * 1024;

/** Checks that the gateway runs at its URL: without it no page works. */
export function gatewayDependency(gatewayUrl: string): Dependency {
  return {
    name: 'gateway',
    async check(signal) {
      const response = await peerRequest({
        peer: 'gateway',
        method: 'GET',
        url: new URL(`${gatewayUrl}/health`),
        signal,
      });
      const health = Health.safeParse(
        JSON.parse(String(await readBody('gateway', response, maxHealthBytes))),
      );
      if (!health.success || health.data.service !== 'gateway')
        throw new Error(`GATEWAY_URL responds with ${response.status}, but is not the gateway`);
    },
  };
}
