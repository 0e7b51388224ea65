import { atLeast, atMost, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { Health } from '../../platform/contracts/operational.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { durations, percentile } from '../kit/percentile.ts';
import { servedBy, summary } from '../kit/response.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';

const limitMs = 30_000;
const everyReady = serviceNames.map(readyCheckId);
const nodes = ['postgres', 'redis', ...serviceNames];

export const startUpTime = defineCheck({
  id: 'infrastructure.processes.started-within-30-s',
  title: 'Both stores and all ten services are ready within 30 s',
  why: 'The assessment allows 30 s per container. Slow starts turn every restart and every deployment into an outage.',
  category: 'infrastructure',
  severity: 'high',
  needs: everyReady,
  services: serviceNames,
  remediation: {
    text: 'Read the service’s log from its start: a dependency it waits for, a migration, or heavy modules loaded at start. Load what is rarely needed lazily.',
    effort: 'days',
  },
  expects: { notReady: empty(), slow: empty(), slowest: atMost(limitMs, 'ms'), nodes: equals(nodes.length) },
  run: async ({ readyAfterMs, keep }) => {
    const times = nodes.map((node) => ({ node, ms: readyAfterMs(node) }));
    await keep(
      'ready-after-ms.json',
      times.map(({ node, ms }) => ({ node, ms: ms ?? null })),
    );
    return {
      nodes: times.length,
      notReady: times.filter(({ ms }) => ms === undefined).map(({ node }) => node),
      slow: times.flatMap(({ node, ms }) =>
        ms !== undefined && ms > limitMs ? [`${node}: ${Math.round(ms)} ms`] : [],
      ),
      // A node that never got there is slower than any limit.
      slowest: Math.round(Math.max(...times.map(({ ms }) => ms ?? limitMs * 10))),
    };
  },
});

export const stayedUp = defineCheck({
  id: 'infrastructure.processes.none-ended-during-the-run',
  title: 'No process of the platform ended while it was being checked',
  why: 'A service that dies and comes back answers most probes; the assessed system’s MCP server restarted all day.',
  category: 'infrastructure',
  severity: 'blocker',
  // Who keeps a process's log is who sees it end.
  requires: ['logs'],
  // Last, so that it sees what every other check has brought down.
  isolation: 'exclusive',
  remediation: {
    text: 'Read the last log lines of the process named in the observation; its exit code or signal says whether it crashed, was killed for memory, or gave up on a dependency.',
    effort: 'days',
  },
  expects: { ended: empty() },
  run: async ({ exited }) => ({ ended: exited().map(({ node, reason }) => `${node}: ${reason}`) }),
});

/** Requests to each service that are timed, after the first few that open connections and warm the code up. */
const samples = 50;
const warmUps = 5;
const latencyLimitMs = 50;

/**
 * The assessment states averages. The median stands for them here: on a machine that other work shares, single
 * requests wait for a processor, which says nothing about the platform; half of fifty do not. A service that is
 * slow as a rule is over the limit in either figure. It runs alone, so that other checks are not that other work.
 */
export const networkLatency = defineCheck({
  id: 'infrastructure.network.latency-under-50-ms',
  title: 'Every service usually answers a trivial request within 50 ms',
  why: 'The assessment allows 50 ms between services on average; a chain of three calls multiplies whatever is lost here.',
  category: 'infrastructure',
  severity: 'medium',
  needs: everyReady,
  services: serviceNames,
  isolation: 'exclusive',
  remediation: {
    text: 'Compare the service’s event-loop lag and CPU in /metrics with the network’s own round trip; work that blocks the loop is the usual cause.',
    effort: 'days',
  },
  expects: { samples: atLeast(samples * serviceNames.length, 'requests'), slow: empty(), failed: empty() },
  run: async ({ http, keep }) => {
    const failed = new Set<string>();
    const measured: { service: string; median: number; p95: number }[] = [];
    for (const service of serviceNames) {
      const uptimes: number[] = [];
      const ask = async () => {
        const answer = await http.request(service, '/health');
        const health = Health.safeParse(answer.json);
        const right = answer.status === 200 && servedBy(answer) === service && health.success;
        if (right && health.data.service === service) uptimes.push(health.data.uptime_s);
        else failed.add(`${service}: ${summary(answer)}`);
      };
      await durations(warmUps, ask);
      const times = await durations(samples, ask);
      // Answers that are quick because they are canned do not count.
      const [first = 0, last = 0] = [uptimes[0], uptimes.at(-1)];
      if (last <= first) failed.add(`${service}: its clock stands still`);
      measured.push({ service, median: percentile(times, 50), p95: percentile(times, 95) });
    }
    await keep('latency-ms.json', measured);
    return {
      samples: measured.length * samples,
      slow: measured
        .filter(({ median }) => median > latencyLimitMs)
        .map(({ service, median }) => `${service}: ${median} ms`),
      failed: [...failed],
    };
  },
});
