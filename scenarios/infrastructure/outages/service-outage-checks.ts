import {
  atLeast,
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { firstOf, outageFields } from './check-fields.ts';
import { differencesFrom, reportedHealthy } from './judge-outage.ts';
import type { ReadResult } from './sample-reads.ts';
import {
  circuitBreaks,
  healthBreaks,
  otherBreaks,
  returnBreaks,
  runningBreaks,
} from './service-outage-breaks.ts';
import { recoveryLimitMs, type ServiceOutage, stopServices } from './service-outages.ts';

const fields = { ...outageFields, requires: ['node-restart'] } as const;

const outagesOf = (context: CheckContext) => context.once('outages of services', () => stopServices(context));

/** Services behind the gateway, each with a circuit. */
const behindGateway: readonly ServiceName[] = serviceNames.filter(
  (name) => name !== 'gateway' && name !== 'frontend',
);

const findings = (outages: readonly ServiceOutage[], find: (outage: ServiceOutage) => readonly string[]) =>
  firstOf(outages.flatMap((outage) => find(outage).map((text) => `${outage.service} stopped: ${text}`)));

export const stoppedServiceIsReported = defineCheck({
  ...fields,
  id: 'infrastructure.service-outage.platform-health-names-it',
  title: 'The health of the platform names a stopped service',
  failureTitle: 'The platform reports itself healthy without one of its services',
  why: 'GET /api/health is what monitoring and support look at. The frontend, which depends on the gateway alone, must report that one.',
  remediation: {
    text: 'Ask each service for /ready and show what came back (platform/services/gateway/health). The frontend lists the gateway among its dependencies.',
    effort: 'hours',
  },
  expects: {
    stopped: equals(serviceNames.length),
    reportedHealthy: empty(),
    notDegraded: empty(),
    frontendReady: empty(),
    notAlive: empty(),
  },
  breaks: healthBreaks,
  run: async (context) => {
    const { outages } = await outagesOf(context);
    const watched = outages.filter(({ service }) => behindGateway.includes(service));
    return {
      stopped: outages.length,
      reportedHealthy: findings(watched, ({ service, platform }) => reportedHealthy(platform, [service])),
      notDegraded: findings(watched, ({ platform }) =>
        platform?.status === 'healthy' ? ['the status of the platform is healthy'] : [],
      ),
      frontendReady: outages
        .filter(({ service }) => service === 'gateway')
        .flatMap(({ states }) => states)
        .filter(
          ({ service, ready, failed }) =>
            service === 'frontend' && !(ready === 503 && failed.includes('gateway')),
        )
        .map(({ ready, failed }) => `/ready of the frontend is ${ready} (${failed.join(', ')})`),
      notAlive: findings(outages, ({ states }) =>
        states
          .filter(({ health }) => health !== 200)
          .map(({ service, health }) => `${service}: /health is ${health}`),
      ),
    };
  },
});

export const circuitOpens = defineCheck({
  ...fields,
  id: 'infrastructure.service-outage.circuit-opens',
  title: 'The gateway stops calling a stopped service',
  failureTitle: 'The gateway goes on calling a stopped service',
  why: 'Requests that wait for a service that does not respond fill the gateway, until the others do not respond either. An open circuit responds at once.',
  remediation: {
    text: 'Count missing responses per service, and reject requests with 503 circuit_open and Retry-After after BREAKER_FAILURES of them (platform/services/gateway/upstream/circuit-breaker.ts).',
    effort: 'hours',
  },
  expects: {
    circuits: equals(behindGateway.length),
    neverOpened: empty(),
    undocumented: empty(),
    slow: empty(),
  },
  breaks: circuitBreaks,
  run: async (context) => {
    const { outages } = await outagesOf(context);
    const watched = outages.filter(({ service }) => behindGateway.includes(service));
    return {
      circuits: watched.length,
      neverOpened: findings(watched, ({ trials }) => {
        const last = trials.at(-1);
        return last?.status === 503 && last.code === 'circuit_open' && last.hasRetryAfter
          ? []
          : [`after ${trials.length} requests the response is ${last?.status} ${last?.code}`];
      }),
      undocumented: findings(watched, ({ trials }) =>
        trials
          .filter(({ status, code }) => !documented.has(`${status} ${code}`))
          .map(({ status, code }) => `a request got ${status} ${code}`),
      ),
      slow: findings(watched, ({ trials }) =>
        trials
          .filter(({ code, durationMs }) => code === 'circuit_open' && durationMs > openLimitMs)
          .map(({ durationMs }) => `the open circuit took ${Math.round(durationMs)} ms`),
      ),
    };
  },
});

/** What clients may see of a route whose service is stopped. */
const documented: ReadonlySet<string> = new Set(['502 bad_gateway', '503 circuit_open']);
/** A rejection without a call takes a few milliseconds; this is for a busy machine. */
const openLimitMs = 2_000;

export const othersKeepWorking = defineCheck({
  ...fields,
  id: 'infrastructure.service-outage.others-keep-working',
  title: 'A stopped service affects its own routes only',
  failureTitle: 'A stopped service breaks the routes of others, or hides behind empty results',
  why: 'Deployments and crashes stop single services. Clients must see the documented 502 and 503 of that service, and from the others what they saw before.',
  remediation: {
    text: 'An empty result is a caught error of a call to the stopped service. An error of another service is a dependency that it should do without, or an error that was not mapped to 502 or 503.',
    effort: 'days',
  },
  expects: {
    reads: atLeast(400, 'requests'),
    changed: empty(),
    requests: atLeast(200, 'requests'),
    otherErrors: empty(),
  },
  breaks: otherBreaks,
  run: async (context) => {
    const { before, outages, requests, otherErrors } = await outagesOf(context);
    return {
      reads: outages.reduce((sum, { during }) => sum + during.length, 0),
      changed: findings(outages, ({ during, away }) =>
        differencesFrom(before, during, (result) => needsOneOf(result, away)),
      ),
      requests,
      otherErrors: firstOf(otherErrors),
    };
  },
});

/** Reads that another service takes part in. They fail while it is away, and never with an empty result. */
const takesPart: Readonly<Partial<Record<ServiceName, RegExp>>> = {
  'airtable-gateway': /^mcp-server\.callTool/,
  'mcp-server': /^llm-orchestrator\.tools$/,
  // The rights of users whom a service has not seen for some seconds.
  'platform-services': /./,
};

function needsOneOf({ read, status }: ReadResult, away: readonly ServiceName[]): boolean {
  const isDocumented = status === 502 || status === 503 || read.id.includes('callTool');
  return isDocumented && away.some((service) => takesPart[service]?.test(read.id));
}

export const runningRequestsFinish = defineCheck({
  ...fields,
  id: 'infrastructure.service-outage.running-requests-finish',
  title: 'Running requests finish when a service stops',
  failureTitle: 'A service drops running requests when it stops',
  why: 'Every deployment stops every service with SIGTERM. A request that was accepted must get its response: clients cannot know whether it had an effect.',
  remediation: {
    text: 'On SIGTERM stop accepting connections, finish the running requests, then close the stores and exit with code 0 (platform/kit/service/run-service.ts).',
    effort: 'days',
  },
  expects: { running: equals(serviceNames.length * 3), dropped: empty(), uncleanStops: empty() },
  breaks: runningBreaks,
  run: async (context) => {
    const { outages } = await outagesOf(context);
    return {
      running: outages.reduce((sum, { finished }) => sum + finished.length, 0),
      dropped: outages.flatMap(({ service, usual, finished }) =>
        finished
          .filter((status) => status !== usual || usual === 0 || usual >= 500)
          .map((status) => `${service}: ${status === 0 ? 'no response' : status} instead of ${usual}`),
      ),
      uncleanStops: outages
        .filter(({ restart }) => restart.exit !== 'exited with code 0')
        .map(({ service, restart }) => `${service}: ${restart.exit}`),
    };
  },
});

export const servicesReturn = defineCheck({
  ...fields,
  id: 'infrastructure.service-outage.heals-by-itself',
  title: 'A stopped service works again when it is started',
  failureTitle: 'A service does not work again after a restart',
  why: 'The circuit of the gateway must close again by itself, the service must find its stores and peers, and nothing that was confirmed may be lost.',
  remediation: {
    text: 'Let one trial request through after the time of the open circuit, and start without waiting for other services. The evidence has the times of each service and what users saw.',
    effort: 'days',
  },
  expects: { notBack: empty(), lost: empty(), slowest: atMost(recoveryLimitMs, 'ms') },
  breaks: returnBreaks,
  run: async (context) => {
    const { outages, lost } = await outagesOf(context);
    return {
      // The gateway is restarted last, which closes its circuits: what works only since then was not back in time.
      notBack: outages
        .filter(({ recoveredAfterMs = Number.POSITIVE_INFINITY }) => recoveredAfterMs > recoveryLimitMs)
        .map(({ service, restart }) => `${service}: ${restart.failure ?? 'its routes still fail'}`),
      lost: firstOf(lost),
      slowest: Math.max(...outages.map(({ recoveredAfterMs }) => recoveredAfterMs ?? recoveryLimitMs * 10)),
    };
  },
});
