import { atLeast, atMost, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { Health } from '../../platform/contracts/operational.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { durations, percentile } from '../kit/percentile.ts';
import { servedBy, summary } from '../kit/response.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { fixedHealth, serviceKilled, slowResponses, slowStart } from './node-breaks.ts';

const limitMs = 30_000;
const everyReady = serviceNames.map(readyCheckId);
const nodes = ['postgres', 'redis', ...serviceNames];

export const startUpTime = defineCheck({
  id: 'infrastructure.processes.started-within-30-s',
  title: 'Both stores and all ten services are ready within 30 s',
  why: 'The assessment allows 30 s per container. A slow start turns every restart and deployment into an outage.',
  category: 'infrastructure',
  severity: 'high',
  needs: everyReady,
  requires: ['boot-times'],
  services: serviceNames,
  remediation: {
    text: 'Read the service’s log from its start. Usual causes: a missing dependency, a migration, or large modules. Load rarely used modules lazily.',
    effort: 'days',
  },
  breaks: [slowStart],
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
      // A node that never became ready is slower than any limit.
      slowest: Math.round(Math.max(...times.map(({ ms }) => ms ?? limitMs * 10))),
    };
  },
});

export const stayedUp = defineCheck({
  id: 'infrastructure.processes.none-ended-during-the-run',
  title: 'No process of the platform ended during the run',
  failureTitle: 'A process of the platform ended during the run',
  why: 'A service that crashes and restarts still passes most checks. The assessed system’s MCP server restarted all day.',
  category: 'infrastructure',
  severity: 'blocker',
  requires: ['process-exits'],
  // Exclusive checks run last, so this one sees every process that another check ended.
  isolation: 'exclusive',
  remediation: {
    text: 'Read the last log lines of the process in the observation. Its exit code or signal shows a crash, a kill for memory, or a missing dependency.',
    effort: 'days',
  },
  breaks: [serviceKilled],
  expects: { ended: empty() },
  run: async ({ exited }) => ({ ended: exited().map(({ node, reason }) => `${node}: ${reason}`) }),
});

/** Number of measured requests per service. The warm-up requests before them open connections and compile the code. */
const samples = 50;
const warmUps = 5;
const latencyLimitMs = 50;

/**
 * The assessment states averages; this check uses the median. On a shared machine single requests wait for a
 * processor, which says nothing about the platform, but half of fifty do not. A slow service exceeds the limit in both
 * figures. The check runs alone, so that other checks do not use the processor.
 */
export const networkLatency = defineCheck({
  id: 'infrastructure.network.latency-under-50-ms',
  title: 'Every service responds within 50 ms (median)',
  failureTitle: 'A service responds too slowly or with a fixed response',
  why: 'The assessment allows 50 ms between services on average. A chain of three calls triples the delay.',
  category: 'infrastructure',
  severity: 'medium',
  needs: everyReady,
  services: serviceNames,
  isolation: 'exclusive',
  remediation: {
    text: 'Compare the service’s event-loop lag and CPU in /metrics with the round-trip time of the network. The usual cause is work that blocks the event loop.',
    effort: 'days',
  },
  breaks: [slowResponses, fixedHealth],
  controls: ['samples'],
  expects: { samples: atLeast(samples * serviceNames.length, 'requests'), slow: empty(), failed: empty() },
  run: async ({ http, keep }) => {
    const failed = new Set<string>();
    const measured: { service: string; median: number; p95: number }[] = [];
    for (const service of serviceNames) {
      const uptimes: number[] = [];
      const send = async () => {
        const response = await http.request(service, '/health');
        const health = Health.safeParse(response.json);
        const valid = response.status === 200 && servedBy(response) === service && health.success;
        if (valid && health.data.service === service) uptimes.push(health.data.uptime_s);
        else failed.add(`${service}: ${summary(response)}`);
      };
      await durations(warmUps, send);
      const times = await durations(samples, send);
      // A fixed response is fast and proves nothing.
      const [first = 0, last = 0] = [uptimes[0], uptimes.at(-1)];
      if (last <= first) failed.add(`${service}: the uptime does not increase`);
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
