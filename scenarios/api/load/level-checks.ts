import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  type Json,
  type LoadFlow,
  type LoadResult,
  type LoadStep,
  rejectSaturated,
} from '../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { parsePrometheus } from '../../services/prometheus-text.ts';
import { growthIn, hasLevelTimes, isLevel, provingRounds, type Round, roundOf } from './growth.ts';
import { levelBreaks } from './load-breaks.ts';
import { type MemoryUse, memoryUse } from './memory-use.ts';

const userCount = 8;
/** Requests to each service in the first round, and in each further one to services that are still in doubt. */
const firstRound = 340;
const furtherRound = 700;
/**
 * Rounds of a service whose times stay level, and whose memory is in doubt after those that can prove something. Garbage
 * is bounded and a leak is not, so the number of requests tells them apart. Up to 80 MB of buffers were seen to wait for
 * their collection in the gateway.
 */
const maxMemoryRounds = 10;
/** Requests to each service before the first round: pools, caches and compiled code. */
const warmUp = 60;
const concurrency = 6;
/** The gateway has a histogram per route and status: more than 1 MiB after all checks. */
const maxMetricsBytes = 16 * 1024 * 1024;

/** Requests that reach each service, cheap ones. */
const requestsTo: Readonly<Record<Exclude<ServiceName, 'gateway'>, string>> = {
  'platform-services': '/api/auth/me',
  'user-service': '/api/users/me',
  'airtable-gateway': '/api/airtable/bases',
  'mcp-server': '/api/mcp/tools',
  'llm-orchestrator': '/api/sessions',
  'file-service': '/api/files',
  'saga-service': '/api/saga',
  'automation-services': '/api/workflows',
  frontend: '/auth/login',
};

function stepTo(service: keyof typeof requestsTo, account: Account): LoadStep {
  const path = requestsTo[service];
  return service === 'frontend'
    ? { service, name: service, method: 'GET', path, expectedStatuses: [200] }
    : {
        service: 'gateway',
        name: service,
        method: 'GET',
        path,
        token: account.accessToken,
        from: account.address,
        expectedStatuses: [200],
      };
}

export const staysLevel = defineCheck({
  id: 'api.load.level-over-requests',
  title: 'Time and memory stay level over thousands of requests',
  failureTitle: 'Requests fail, slow down or keep memory as their number grows',
  why: 'A leak of some kilobytes per request, or a list that each request searches, ends the platform after days, when nobody is looking.',
  category: 'api',
  severity: 'high',
  destructive: { kind: 'load', effect: 'sends some thousand requests, six at a time' },
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  isolation: 'exclusive',
  timeoutMs: 120_000,
  remediation: {
    text: 'The evidence has the figures of each round. Memory: compare two heap snapshots of the service, taken 1,000 requests apart. Time: look for a list or table that grows with each request. Failures: the status says who rejected.',
    effort: 'days',
  },
  expects: { failures: empty(), slowing: empty(), leaking: empty() },
  breaks: levelBreaks,
  run: async (context) => {
    const users = await Promise.all(Array.from({ length: userCount }, () => context.account()));
    const behind = serviceNames.filter((name) => name !== 'gateway');
    const flowsTo = (services: readonly (keyof typeof requestsTo)[]): LoadFlow[] =>
      users.flatMap((user) => services.map((name) => ({ name, weight: 1, steps: [stepTo(name, user)] })));
    const send = (name: string, services: readonly (keyof typeof requestsTo)[], each: number) =>
      context.load.run({
        name,
        flows: flowsTo(services),
        model: { iterations: each * services.length, concurrency },
      });

    const results: LoadResult[] = [await send('warm-up', behind, warmUp)];
    const rounds = new Map<ServiceName, Round[]>();
    let doubtful: readonly ServiceName[] = serviceNames;
    for (let number = 1; number <= maxMemoryRounds && doubtful.length > 0; number += 1) {
      const services = doubtful.filter((name) => name !== 'gateway');
      // The gateway passes on every request; when only it is in doubt, one service is enough.
      const targets = services.length > 0 ? services : (['user-service'] as const);
      const each = number === 1 ? firstRound : furtherRound;
      const before = await memoryOf(context, doubtful);
      const result = await send(`round-${number}`, targets, each);
      const after = await memoryOf(context, doubtful);
      results.push(result);
      for (const service of doubtful) {
        const round = roundOf(service, {
          result,
          before: before.get(service),
          after: after.get(service),
          viaGateway: targets.filter((name) => name !== 'frontend'),
        });
        rounds.set(service, [...(rounds.get(service) ?? []), round]);
      }
      doubtful = doubtful.filter((service) => {
        const of = rounds.get(service) ?? [];
        return !isLevel(of) && (number < provingRounds || hasLevelTimes(of));
      });
    }
    await context.keep('rounds.json', Object.fromEntries(rounds) as unknown as Json);
    const found = [...rounds].map(([service, of]) => growthIn(service, of));
    if (found.some(({ slowing }) => slowing.length > 0)) rejectSaturated(results);
    return {
      failures: results.flatMap(({ steps }) =>
        steps.flatMap(({ name, failures }) =>
          Object.entries(failures).map(
            ([status, count]) =>
              `${name}: ${count} requests ended with ${status === '0' ? 'no response' : status}`,
          ),
        ),
      ),
      slowing: found.flatMap(({ slowing }) => slowing),
      leaking: found.flatMap(({ leaking }) => leaking),
    };
  },
});

async function memoryOf(
  { http }: CheckContext,
  services: readonly ServiceName[],
): Promise<Map<ServiceName, MemoryUse | undefined>> {
  const entries = services.map(async (service): Promise<[ServiceName, MemoryUse | undefined]> => {
    const { text } = await http.request(service, '/metrics', { maxBodyBytes: maxMetricsBytes });
    return [service, memoryUse(parsePrometheus(text).samples)];
  });
  return new Map(await Promise.all(entries));
}
