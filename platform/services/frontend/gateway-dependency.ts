import { Health } from '../../contracts/operational.ts';
import { peerRequest, readBody } from '../../kit/peers/peer-request.ts';
import type { Dependency } from '../../kit/service/dependency.ts';

const maxHealthBytes = 16 * 1024;

/** The gateway is there, and is the gateway: without it no page can do anything. */
export function gatewayDependency(gatewayUrl: string): Dependency {
  return {
    name: 'gateway',
    async check(signal) {
      const answer = await peerRequest({
        peer: 'gateway',
        method: 'GET',
        url: new URL(`${gatewayUrl}/health`),
        signal,
      });
      const health = Health.safeParse(JSON.parse(String(await readBody('gateway', answer, maxHealthBytes))));
      if (!health.success || health.data.service !== 'gateway')
        throw new Error(`something other than the gateway answers at its address with ${answer.status}`);
    },
  };
}
