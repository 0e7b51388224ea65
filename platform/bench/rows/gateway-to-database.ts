import { randomBytes } from 'node:crypto';
import { startTemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { startTemporaryRedis } from '../../kit/testing/temporary-redis.ts';
import { startTinyUpstream } from '../haproxy.ts';
import { startNginx } from '../nginx.ts';
import { Processes } from '../processes.ts';
import { compare, inTurn } from '../rounds.ts';
import type { Bench, Figures, Row } from '../row.ts';
import { startService, unreachedLimit } from '../services.ts';
import { signUsers } from '../tokens.ts';
import { describeLoads, loadOn, requestsBy } from '../user-load.ts';
import { type Load, writeScript } from '../wrk.ts';

const users = 64;
const connections = 32;

/**
 * Requests per second of `GET /users/me`: token, tenant, one row. The gateway and nginx run on the first core; the
 * service, PostgreSQL and the generator on the others. So the slower of the two sides is the limit, as in production.
 */
export const gatewayToDatabase: Row = {
  id: 'database',
  title: `Gateway → user-service → PostgreSQL, ${connections} connections, ${users} users`,
  peer: 'nginx without token verification → the same service',
  unit: 'requests/s',
  compares: 'ratio',
  aim: 0.8,
  needs: ['haproxy', 'nginx', 'wrk', 'taskset', 'redis-server'],
  async measure(bench: Bench): Promise<Figures> {
    const { tools, cores, folder, programs, signal } = bench;
    await using stack = new AsyncDisposableStack();
    const stores = stack.use(await startTemporaryDatabase());
    const redis = stack.use(await startTemporaryRedis());
    const processes = stack.use(new Processes(tools.taskset));
    const es256 = await signUsers('ES256', users);
    // Replaces platform-services, which only has to return the public keys.
    const keys = await startTinyUpstream(processes, {
      command: tools.haproxy as string,
      folder,
      cores: cores.rest,
      jwks: { keys: [es256.publicJwk] },
      signal,
    });
    const shared = { peerUrl: `http://127.0.0.1:${keys.port}`, signal };
    const env = { REDIS_URL: redis.url, INTERNAL_API_KEY: randomBytes(24).toString('hex') };
    const service = await startService(processes, {
      ...shared,
      name: 'user-service',
      program: programs['user-service'] as string,
      cores: cores.rest,
      env: { ...env, DATABASE_URL: stores.urlOf('user_service') },
    });
    const gateway = await startService(processes, {
      ...shared,
      name: 'gateway',
      program: programs.gateway as string,
      cores: cores.subject,
      env: { ...env, ...unreachedLimit, USER_SERVICE_URL: `http://127.0.0.1:${service.port}` },
    });
    const nginx = await startNginx(processes, {
      command: tools.nginx as string,
      folder,
      cores: cores.subject,
      upstreamPort: service.port,
      signal,
    });
    const script = await writeScript(folder, 'users-me', requestsBy(es256));
    const loadOf = loadOn(bench, { processes, script, connections, cores: cores.rest });
    const series = await inTurn({ rounds: bench.rounds, signal, ours: loadOf(gateway), peer: loadOf(nginx) });
    const perSecond = (loads: readonly Load[]) => loads.map(({ requestsPerSecond }) => requestsPerSecond);
    return {
      ...compare({ ours: perSecond(series.ours), peer: perSecond(series.peer) }, 'ratio'),
      invalid: series.disturbances,
      notes: [describeLoads('gateway', series.ours), describeLoads('nginx', series.peer)],
    };
  },
};
