import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { outageFields } from '../outages/check-fields.ts';
import { reportedHealthy } from '../outages/judge-outage.ts';
import { type PlatformState, readPlatformState } from '../outages/service-states.ts';
import { type SeenFailure, seeFailure } from '../upstreams/seen-failure.ts';
import { hangBreaks } from './hang-breaks.ts';

/** Time limit of the gateway of this check for a response of a service, milliseconds. */
const timeoutMs = 1_500;
/** Missing responses that open a circuit of that gateway. */
const failuresToOpen = 2;
/** Maximum time of a response that waits for a service that hangs, milliseconds: the limit, and a busy machine. */
const responseLimitMs = 6_000;
/** Maximum time of a response of another service, milliseconds: it may wait two seconds for the rights of its user. */
const otherLimitMs = 5_000;
const healLimitMs = 15_000;
const pollMs = 100;

/** A route of each service behind the gateway that changes nothing and declares no time limit of its own. */
const routes = {
  'platform-services': '/api/auth/me',
  'user-service': '/api/users/me',
  'airtable-gateway': '/api/airtable/bases',
  'file-service': '/api/files',
  'llm-orchestrator': '/api/sessions',
  'saga-service': '/api/saga',
  'automation-services': '/api/workflows',
  'mcp-server': '/api/mcp/tools',
} as const satisfies Partial<Record<ServiceName, string>>;
type Routed = keyof typeof routes;
const routed = Object.keys(routes) as Routed[];

/** What hangs together, and how others may fail meanwhile. */
interface Group {
  services: readonly Routed[];
  store?: 'postgres' | 'redis';
  others: RegExp;
}

const inTime = '503 not_ready|504 gateway_timeout';
const groups: readonly Group[] = [
  // Services ask it for the rights of users whom they have not seen for some seconds.
  { services: ['platform-services'], others: new RegExp(`^(?:200|${inTime})$`) },
  { services: routed.filter((service) => service !== 'platform-services'), others: /^200$/ },
  { services: [], store: 'postgres', others: new RegExp(`^(?:200|${inTime})$`) },
  // Limits are counted locally while Redis does not respond, and nothing else needs it to read.
  { services: [], store: 'redis', others: /^200$/ },
];

type Send = (service: Routed) => Promise<SeenFailure>;

interface Hang {
  group: Group;
  waited: ReadonlyMap<Routed, readonly SeenFailure[]>;
  afterwards: ReadonlyMap<Routed, SeenFailure>;
  others: ReadonlyMap<Routed, SeenFailure>;
  platform: PlatformState | undefined;
  healedAfterMs: number;
  notHealed: readonly string[];
}

export const hangsEndInTime = defineCheck({
  ...outageFields,
  id: 'infrastructure.hang.requests-end-in-time',
  title: 'Requests to services and stores that hang end in time',
  failureTitle: 'What hangs blocks requests, or others with it',
  why: 'A process that hangs accepts connections and never responds. Without time limits requests gather in front of it until nothing works. The check suspends every service behind the gateway, and the stores.',
  requires: ['process-control', 'node-restart'],
  timeoutMs: 90_000,
  remediation: {
    text: 'Limit the time of every call (UPSTREAM_TIMEOUT_MS of the gateway, timeoutMs of clients), count missing responses in the circuit breaker, and let the others go on. evidence/hangs.json has what users saw.',
    effort: 'days',
  },
  expects: {
    suspended: equals(serviceNames.length),
    otherOutcomes: empty(),
    slowest: atMost(responseLimitMs, 'ms'),
    circuitsClosed: empty(),
    othersFail: empty(),
    slowestOther: atMost(otherLimitMs, 'ms'),
    reportedHealthy: empty(),
    notHealed: empty(),
    healedAfter: atMost(healLimitMs, 'ms'),
  },
  breaks: hangBreaks,
  async run(context) {
    const { http, signal } = context;
    const user = await context.account();
    await using gateway = await context.processes().startAnother(
      'gateway',
      {
        set: {
          UPSTREAM_TIMEOUT_MS: String(timeoutMs),
          BREAKER_FAILURES: String(failuresToOpen),
          BREAKER_OPEN_MS: '1000',
        },
      },
      signal,
    );
    const send: Send = (service) =>
      seeFailure(() =>
        http.request('gateway', routes[service], {
          at: gateway.url,
          token: user.accessToken,
          from: user.address,
        }),
      );
    // Rights of the user, and connections.
    await Promise.all(routed.map(send));
    const hangs: Hang[] = [];
    for (const group of groups) {
      const one = await hang(context, group, send);
      hangs.push(one);
      // What does not heal would be blamed on the next group.
      if (one.notHealed.length > 0) break;
    }
    await context.keep('hangs.json', hangs.map(describeHang));
    const waited = hangs.flatMap((one) =>
      [...one.waited].flatMap(([service, all]) => all.map((seen) => ({ service, seen }))),
    );
    const others = hangs.flatMap((one) =>
      [...one.others].map(([service, seen]) => ({ service, seen, ...one })),
    );
    return {
      suspended: hangs.reduce((sum, { group }) => sum + nodesOf(group).length, 0),
      otherOutcomes: waited
        .filter(({ seen }) => seen.outcome !== '504 gateway_timeout')
        .map(({ service, seen }) => `${service}: ${seen.outcome}`),
      slowest: Math.max(...waited.map(({ seen }) => seen.tookMs)),
      circuitsClosed: hangs.flatMap(({ afterwards }) =>
        [...afterwards]
          .filter(([, { outcome, retryAfterS }]) => outcome !== '503 circuit_open' || retryAfterS <= 0)
          .map(([service, { outcome }]) => `${service}: ${outcome}`),
      ),
      othersFail: others
        .filter(({ seen, group }) => !group.others.test(seen.outcome))
        .map(
          ({ service, seen, group }) =>
            `${service} while ${nodesOf(group).join(', ')} hangs: ${seen.outcome}`,
        ),
      slowestOther: Math.max(...others.map(({ seen }) => seen.tookMs)),
      reportedHealthy: hangs.flatMap(({ group, platform }) => reportedHealthy(platform, group.services)),
      notHealed: hangs.flatMap(({ notHealed }) => notHealed),
      healedAfter: Math.max(...hangs.map(({ healedAfterMs }) => healedAfterMs)),
    };
  },
});

const nodesOf = ({ services, store }: Group): string[] => [...services, ...(store ? [store] : [])];

async function hang(context: CheckContext, group: Group, send: Send): Promise<Hang> {
  const seenOf = async (services: readonly Routed[]) =>
    new Map(await Promise.all(services.map(async (service) => [service, await send(service)] as const)));
  const during = await context.processes().whileSuspended(nodesOf(group), async () => {
    const [waited, others, platform] = await Promise.all([
      Promise.all(
        group.services.map(
          async (service) =>
            [
              service,
              await Promise.all(Array.from({ length: failuresToOpen }, () => send(service))),
            ] as const,
        ),
      ),
      seenOf(routed.filter((service) => !group.services.includes(service))),
      readPlatformState(context),
    ]);
    return { waited: new Map(waited), others, platform, afterwards: await seenOf(group.services) };
  });
  const resumedAtMs = performance.now();
  let notHealed: string[] = [];
  do {
    const all = await seenOf(routed);
    notHealed = [...all]
      .filter(([, { outcome }]) => outcome !== '200')
      .map(([service, { outcome }]) => `${service}: ${outcome}`);
    if (notHealed.length === 0) break;
    await pause(pollMs, undefined, { signal: context.signal });
  } while (performance.now() - resumedAtMs < healLimitMs);
  return { group, ...during, healedAfterMs: Math.round(performance.now() - resumedAtMs), notHealed };
}

const line = ({ outcome, tookMs }: SeenFailure) => `${outcome} after ${tookMs} ms`;

function describeHang({ group, waited, afterwards, others, healedAfterMs, notHealed }: Hang) {
  return {
    suspended: nodesOf(group),
    usersSaw: Object.fromEntries([...waited].map(([service, all]) => [service, all.map(line)])),
    withOpenCircuit: Object.fromEntries([...afterwards].map(([service, seen]) => [service, line(seen)])),
    others: Object.fromEntries([...others].map(([service, seen]) => [service, line(seen)])),
    healedAfterMs,
    notHealed: [...notHealed],
  };
}
