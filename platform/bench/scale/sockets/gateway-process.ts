import { testClaims } from '../../../kit/testing/test-claims.ts';
import { startGateway } from '../../../services/gateway/testing/start-gateway.ts';
import { answer } from './child.ts';
import { startLoopProbe } from './loop-probe.ts';

const probe = startLoopProbe();
const gateway = await startGateway({
  redisUrl: process.env.REDIS_URL as string,
  services: {},
  env: { SOCKETS_PER_PROCESS: process.env.SOCKETS as string },
});

answer(async ({ type, count }) => {
  if (type === 'port') return gateway.port;
  if (type === 'tokens')
    return Promise.all(Array.from({ length: count as number }, () => gateway.token(testClaims())));
  if (type === 'reset') return probe.reset();
  if (type === 'report') return probe.report();
  await gateway[Symbol.asyncDispose]();
  return probe.report();
});
