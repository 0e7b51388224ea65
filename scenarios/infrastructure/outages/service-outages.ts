import { setTimeout as pause } from 'node:timers/promises';
import { type CheckContext, ProductUnreachable, type Restart } from '../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { textAt } from '../../kit/shape.ts';
import { describeFailure, recoveredAtMs, succeeded, unexplained } from '../restarts/judge-requests.ts';
import { loadRoutes } from '../restarts/load-routes.ts';
import { workflowNames } from '../restarts/restart-nodes.ts';
import { type LoadedRoute, startSteadyLoad } from '../restarts/steady-load.ts';
import { startRequests } from './running-requests.ts';
import { openSample, type ReadResult, type Sample, sendReads } from './sample-reads.ts';
import { type PlatformState, readPlatformState, readStates, type ServiceState } from './service-states.ts';
import { counts } from './store-outage.ts';

/** How long the load runs before the first stop, milliseconds. */
const steadyMs = 500;
/** How long running requests stay unfinished after the stop signal, milliseconds. */
const holdMs = 400;
/** Maximum number of requests after which the circuit of a stopped service is open. */
const maxTrials = 12;
/** Maximum time to wait until the platform has recovered, milliseconds. */
export const recoveryLimitMs = 30_000;
const pollMs = 100;

/** A response to a route of a stopped service. */
export interface Trial {
  status: number;
  code: string;
  hasRetryAfter: boolean;
  durationMs: number;
}

/** What was seen when one service was stopped. */
export interface ServiceOutage {
  service: ServiceName;
  restart: Restart;
  /** All services that were stopped or being started while the others were observed. */
  away: readonly ServiceName[];
  /** Status of the same requests without a stop, and those of the requests that were running at the stop. */
  usual: number;
  finished: readonly number[];
  /** Of the gateway; undefined while that is stopped. */
  platform: PlatformState | undefined;
  /** Of the services that were running. */
  states: readonly ServiceState[];
  /** Routes of the stopped service, through the gateway, in sequence. */
  trials: readonly Trial[];
  /** Reads of the services that were running. */
  during: readonly ReadResult[];
  /** Time from the stop signal until all of its routes worked again, milliseconds; undefined when they did not. */
  recoveredAfterMs: number | undefined;
}

export interface ServiceOutages {
  before: readonly ReadResult[];
  outages: readonly ServiceOutage[];
  requests: number;
  /** Failures under load that no stop explains. */
  otherErrors: readonly string[];
  lost: readonly string[];
}

type Observed = Omit<ServiceOutage, 'service' | 'restart' | 'usual' | 'finished' | 'recoveredAfterMs'>;

/**
 * Stops every service in turn with its stop signal, while it works on requests. The next one is stopped as soon as the
 * one before is being started again; the gateway is the last, when all others respond again.
 */
export async function stopServices(context: CheckContext): Promise<ServiceOutages> {
  const { signal } = context;
  const sample = await openSample(context);
  const [reader, writer, before] = await Promise.all([
    context.account(),
    context.account(),
    sendReads(context, sample, sample.reads),
  ]);
  const { routes, confirmed } = loadRoutes(context, { reader, writer });
  const load = startSteadyLoad(routes, signal);
  const away = new Set<ServiceName>();
  const outages: Promise<Omit<ServiceOutage, 'recoveredAfterMs'>>[] = [];
  const recovered = (outage: Pick<ServiceOutage, 'service' | 'restart'>) =>
    recoveredAtMs(load.requests, routes, { node: outage.service, restart: outage.restart });
  const allRecovered = async () => {
    const stopped = await Promise.all(outages);
    const limitAtMs = performance.now() + recoveryLimitMs;
    while (stopped.some((one) => recovered(one) === undefined) && performance.now() < limitAtMs)
      await pause(pollMs, undefined, { signal });
  };
  try {
    await pause(steadyMs, undefined, { signal });
    for (const service of [...serviceNames.filter((name) => name !== 'gateway'), 'gateway' as const]) {
      if (service === 'gateway') await allRecovered();
      const observed = Promise.withResolvers<void>();
      const outage = stopOne(context, service, { sample, routes, away, observed: observed.resolve });
      outages.push(outage);
      await Promise.race([observed.promise, outage]);
    }
    await allRecovered();
  } finally {
    await Promise.allSettled(outages);
    await load.stop();
  }
  const stopped = (await Promise.all(outages)).map((outage): ServiceOutage => {
    const atMs = recovered(outage);
    const since = outage.restart.stoppedAtMs;
    return { ...outage, recoveredAfterMs: atMs === undefined ? undefined : Math.round(atMs - since) };
  });
  const windows = stopped.map(({ service, restart }) => ({ node: service, restart }));
  const stored = await workflowNames(context, writer);
  const result: ServiceOutages = {
    before,
    outages: stopped,
    requests: load.requests.length,
    otherErrors: unexplained(load.requests, windows),
    lost: confirmed.workflows.filter((name) => !stored.has(name)),
  };
  await context.keep('outages.json', {
    services: stopped.map(({ service, restart, ...outage }) => ({
      service,
      exit: restart.exit,
      failure: restart.failure ?? null,
      exitedAfterMs: Math.round(restart.exitedAtMs - restart.stoppedAtMs),
      readyAfterMs: restart.readyAtMs ? Math.round(restart.readyAtMs - restart.stoppedAtMs) : null,
      recoveredAfterMs: outage.recoveredAfterMs ?? null,
      running: { usual: outage.usual, finished: [...outage.finished] },
      platform: outage.platform ? { ...outage.platform.services[service] } : null,
      trials: outage.trials.map(
        ({ status, code, durationMs }) => `${status} ${code} ${Math.round(durationMs)} ms`,
      ),
    })),
    usersSaw: counts(load.requests.filter((request) => !succeeded(request)).map(describeFailure)),
    requests: result.requests,
    confirmedWorkflows: confirmed.workflows.length,
    lost: [...result.lost],
  });
  return result;
}

async function stopOne(
  context: CheckContext,
  service: ServiceName,
  drill: {
    sample: Sample;
    routes: readonly LoadedRoute[];
    /** Services that are stopped or being started. */
    away: Set<ServiceName>;
    /** Called when the service may be started again. */
    observed(): void;
  },
): Promise<Omit<ServiceOutage, 'recoveredAfterMs'>> {
  const { signal } = context;
  const running = await startRequests(context, service, drill.sample);
  drill.away.add(service);
  let seen: Observed | undefined;
  const restarting = context.restarts().restart(service, signal, {
    whileDown: async () => {
      seen = await observe(context, service, drill);
      drill.observed();
    },
  });
  // Nobody listens until the requests have ended.
  restarting.catch(() => undefined);
  await pause(holdMs, undefined, { signal });
  const finished = await running.finish();
  const restart = await restarting;
  drill.away.delete(service);
  if (!seen) throw new Error(`${service} was started before it was observed`);
  return { service, restart, usual: running.usual, finished, ...seen };
}

async function observe(
  context: CheckContext,
  service: ServiceName,
  {
    sample,
    routes,
    away,
  }: { sample: Sample; routes: readonly LoadedRoute[]; away: ReadonlySet<ServiceName> },
): Promise<Observed> {
  // One that is ready at the end of the observation may have been missing at its beginning.
  const missing = [...away];
  const up = serviceNames.filter((name) => !away.has(name));
  const own = routes.find((route) => route.service === service && route.via === 'gateway');
  const [platform, states, during, trials] = await Promise.all([
    service === 'gateway' ? undefined : readPlatformState(context),
    readStates(context, up),
    sendReads(
      context,
      sample,
      sample.reads.filter((read) => up.includes(read.service)),
    ),
    own ? tryUntilOpen(own) : [],
  ]);
  return { away: missing, platform, states, during, trials };
}

/** Sends a route until its circuit is open. */
async function tryUntilOpen(route: LoadedRoute): Promise<Trial[]> {
  const trials: Trial[] = [];
  while (trials.length < maxTrials && trials.at(-1)?.code !== 'circuit_open') {
    const startedAtMs = performance.now();
    try {
      const exchange = await route.send();
      if (!exchange) return trials;
      trials.push({
        status: exchange.status,
        code: textAt(exchange.json, 'error'),
        hasRetryAfter: Number(exchange.headers['retry-after']) > 0,
        durationMs: exchange.durationMs,
      });
    } catch (error) {
      if (!(error instanceof ProductUnreachable)) throw error;
      const durationMs = performance.now() - startedAtMs;
      trials.push({ status: 0, code: error.code, hasRetryAfter: false, durationMs });
    }
  }
  return trials;
}
