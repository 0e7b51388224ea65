import { startTemporaryRedis } from '../../kit/testing/temporary-redis.ts';
import { type Listening, startTinyUpstream, startVerifyingHaproxy } from '../haproxy.ts';
import { Processes } from '../processes.ts';
import { compare, generatorDoubts, inTurn } from '../rounds.ts';
import type { Bench, Figures, Row } from '../row.ts';
import { startService, unreachedLimit } from '../services.ts';
import { median } from '../statistics.ts';
import { type SignedUsers, signUsers } from '../tokens.ts';
import type { Tool } from '../tools.ts';
import { describeLoads, loadOn, requestsBy } from '../user-load.ts';
import { type Load, writeScript } from '../wrk.ts';

const users = 200;
const connections = 64;

interface Setup extends AsyncDisposable {
  processes: Processes;
  upstream: Listening;
  gateway: Listening;
  es256: SignedUsers;
}

const needs: readonly Tool[] = ['haproxy', 'wrk', 'taskset', 'redis-server'];

/** Starts the gateway in front of a minimal service. */
async function setUp({ tools, cores, folder, programs, signal }: Bench): Promise<Setup> {
  await using stack = new AsyncDisposableStack();
  const processes = stack.use(new Processes(tools.taskset));
  const redis = stack.use(await startTemporaryRedis());
  const es256 = await signUsers('ES256', users);
  const upstream = await startTinyUpstream(processes, {
    command: tools.haproxy as string,
    folder,
    cores: cores.rest,
    jwks: { keys: [es256.publicJwk] },
    signal,
  });
  const gateway = await startService(processes, {
    name: 'gateway',
    program: programs.gateway as string,
    cores: cores.subject,
    peerUrl: `http://127.0.0.1:${upstream.port}`,
    env: { REDIS_URL: redis.url, ...unreachedLimit },
    signal,
  });
  const kept = stack.move();
  return { processes, upstream, gateway, es256, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Requests per second through the gateway and through HAProxy, in turn on the same core. */
export const gatewayThroughput: Row = {
  id: 'gateway',
  title: `Gateway on one core: ES256 token, limit per user, routing, request id, trace; ${connections} connections, ${users} users`,
  peer: 'HAProxy on the same core: RS256 token, limit per user',
  unit: 'requests/s',
  compares: 'ratio',
  aim: 1,
  needs,
  async measure(bench): Promise<Figures> {
    const { tools, cores, folder, signal } = bench;
    await using setup = await setUp(bench);
    const { processes, upstream, gateway, es256 } = setup;
    const rs256 = await signUsers('RS256', users);
    const peer = await startVerifyingHaproxy(processes, {
      command: tools.haproxy as string,
      folder,
      cores: cores.subject,
      publicPem: rs256.publicPem,
      upstreamPort: upstream.port,
      signal,
    });
    const loadOf = async (target: Listening, name: string, signed: SignedUsers) => {
      const script = await writeScript(folder, name, requestsBy(signed));
      return loadOn(bench, { processes, script, connections, cores: cores.rest })(target);
    };
    const series = await inTurn({
      rounds: bench.rounds,
      signal,
      ours: await loadOf(gateway, 'gateway', es256),
      peer: await loadOf(peer, 'haproxy', rs256),
    });
    const perSecond = (loads: readonly Load[]) => loads.map(({ requestsPerSecond }) => requestsPerSecond);
    const cpu = (loads: readonly Load[]) =>
      median(loads.map(({ subjectMicroseconds }) => subjectMicroseconds));
    return {
      ...compare({ ours: perSecond(series.ours), peer: perSecond(series.peer) }, 'ratio'),
      invalid: [...series.disturbances, ...generatorDoubts(series)],
      notes: [
        describeLoads('gateway', series.ours),
        describeLoads('haproxy', series.peer),
        `ratio by CPU time per request: ${(cpu(series.peer) / cpu(series.ours)).toFixed(2)}`,
      ],
    };
  },
};

/** Latency that the gateway adds to a service with one request at a time. */
export const addedLatency: Row = {
  id: 'latency',
  title: 'Latency the gateway adds at concurrency 1 (p50)',
  peer: 'the same service without the gateway',
  unit: 'ms',
  compares: 'difference',
  aim: 0.25,
  needs,
  async measure(bench): Promise<Figures> {
    const { cores, folder, signal } = bench;
    await using setup = await setUp(bench);
    const { processes, upstream, gateway, es256 } = setup;
    const script = await writeScript(folder, 'latency', requestsBy(es256));
    const loadOf = loadOn(bench, { processes, script, connections: 1, cores: cores.rest });
    const series = await inTurn({
      rounds: bench.rounds,
      signal,
      ours: loadOf(gateway),
      peer: loadOf(upstream),
    });
    const p50 = (loads: readonly Load[]) => loads.map(({ p50Ms }) => p50Ms);
    const p99 = (loads: readonly Load[]) => median(loads.map(({ p99Ms }) => p99Ms));
    return {
      ...compare({ ours: p50(series.ours), peer: p50(series.peer) }, 'difference'),
      invalid: series.disturbances,
      notes: [
        `p99 through the gateway ${p99(series.ours).toFixed(2)} ms, directly ${p99(series.peer).toFixed(2)} ms`,
      ],
    };
  },
};
