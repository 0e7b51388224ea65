import { setTimeout as pause } from 'node:timers/promises';
import { atLeast, atMost, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { redisFailoverBreaks } from './availability-breaks.ts';
import { describeFailure, recoveredAtMs, succeeded, unexplained } from './restarts/judge-requests.ts';
import { loadRoutes } from './restarts/load-routes.ts';
import { type LoadedRoute, startSteadyLoad } from './restarts/steady-load.ts';

/** How long the load runs before the primary dies, and after everything responds again; milliseconds. */
const steadyMs = 2_000;
/** Maximum time to wait for the platform to recover, milliseconds. */
const recoveryLimitMs = 30_000;
/** Time between two events, milliseconds. */
const eventEveryMs = 100;

export const redisFailover = defineCheck({
  id: 'infrastructure.availability.redis-failover-loses-nothing',
  title: 'Nothing confirmed is lost when Redis dies',
  why: 'Ended sessions and events are in Redis alone. A replica takes over only if it has them and the services find it by themselves.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  requires: ['high-availability', 'redis-admin'],
  services: serviceNames,
  // Afterwards the primary of the boot is gone.
  isolation: 'final-drill',
  timeoutMs: 90_000,
  remediation: {
    text: 'Run a replica and three Sentinels, name the Sentinels in REDIS_URL (redis+sentinel://), and wait for the replica (WAIT) before you confirm what Redis alone stores.',
    effort: 'days',
  },
  expects: {
    confirmed: atLeast(20, 'writes'),
    confirmedAfterwards: atLeast(10, 'writes'),
    lost: empty(),
    otherErrors: empty(),
    promoted: equals(true),
    recovery: atMost(15_000, 'ms'),
  },
  breaks: redisFailoverBreaks,
  run: async (context) => {
    const { http, keep, signal } = context;
    const drill = context.failover('redis');
    const [reader, writer] = await Promise.all([context.account(), context.account()]);
    const { routes, confirmed } = loadRoutes(context, { reader, writer });
    const events: { id: string; atMs: number }[] = [];
    const publish: LoadedRoute = {
      name: 'POST /api/saga/events/readiness.drill',
      via: 'gateway',
      service: 'saga-service',
      needs: ['redis'],
      everyMs: eventEveryMs,
      success: [202],
      async send() {
        const exchange = await http.request('gateway', '/api/saga/events/readiness.drill', {
          method: 'POST',
          token: writer.accessToken,
          from: writer.address,
          body: { data: {} },
        });
        const { event_id: id } = (exchange.json ?? {}) as { event_id?: string };
        if (exchange.status === 202 && id) events.push({ id, atMs: performance.now() });
        return exchange;
      },
    };
    const load = startSteadyLoad([...routes, publish], signal);
    let times: { killedAtMs: number; promotedAtMs: number };
    let recovered: number | undefined;
    const death = () => ({
      node: 'redis',
      restart: { stoppedAtMs: times.killedAtMs, exitedAtMs: times.killedAtMs, exit: 'killed' },
    });
    try {
      await pause(steadyMs, undefined, { signal });
      times = await drill.killPrimary(signal);
      const deadline = performance.now() + recoveryLimitMs;
      while (recovered === undefined && performance.now() < deadline) {
        await pause(50, undefined, { signal });
        recovered = recoveredAtMs(load.requests, [...routes, publish], death());
      }
      await pause(steadyMs, undefined, { signal });
    } finally {
      await load.stop();
    }
    const { killedAtMs, promotedAtMs } = times;
    const replica = context.redis(drill.standbyUrl);
    const stored = new Set((await replica.xrange('saga-events', '-', '+')).map(([id]) => id));
    const ended = new Set(await replica.zrange('auth:revoked-sessions', '0', '-1'));
    const lost = [
      ...events.filter(({ id }) => !stored.has(id)).map(({ id }) => `event ${id}`),
      ...confirmed.sessions.filter(({ id }) => !ended.has(id)).map(({ id }) => `session ${id}`),
    ];
    const failed = load.requests.filter((request) => !succeeded(request));
    const recovery = recovered === undefined ? recoveryLimitMs : Math.round(recovered - killedAtMs);
    await keep('failover.json', {
      promotionMs: Math.round(promotedAtMs - killedAtMs),
      recoveryMs: recovery,
      requests: load.requests.length,
      confirmedEvents: events.length,
      endedSessions: confirmed.sessions.length,
      lost,
      errors: failed.map((request) => ({
        what: describeFailure(request),
        startedMs: Math.round(request.startedAtMs - killedAtMs),
        endedMs: Math.round(request.endedAtMs - killedAtMs),
      })),
    });
    return {
      confirmed: events.length + confirmed.sessions.length,
      confirmedAfterwards: events.filter(({ atMs }) => atMs > promotedAtMs).length,
      lost,
      otherErrors: unexplained(load.requests, [death()]).slice(0, 20),
      promoted: promotedAtMs > killedAtMs,
      recovery,
    };
  },
});
