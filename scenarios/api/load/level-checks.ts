import {
  type CheckContext,
  defineCheck,
  empty,
  type Json,
  type LoadResult,
  rejectSaturated,
} from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { growthIn, hasLevelTimes, isLevel, type Round, requestsOf } from './growth.ts';
import { everyService, frequentRoutes, type LevelTarget } from './level-targets.ts';
import { levelBreaks } from './load-breaks.ts';
import { type LastUses, watchMemory } from './memory-watch.ts';
import { createUsers, type LoadUser } from './user-mix.ts';

const userCount = 8;
/** Requests of each target in the first round, and in each further one of targets that are still in doubt. */
const firstRound = 500;
const furtherRound = 400;
/** Requests of a round when only the gateway is in doubt, which passes on those to all services. */
const gatewayRound = 1_200;
/** Rounds of a target whose times grow in each. */
const maxTimeRounds = 4;
/**
 * Rounds of targets whose times are level and whose memory is in doubt. Garbage may hide the memory of some for long,
 * but not of most: then fewer rounds are enough.
 */
const maxMemoryRounds = 16;
const maxRoundsOfMost = 5;
/** Requests of each target before the first round: pools, caches and compiled code. */
const warmUp = 60;
const concurrency = 6;
/** Spans wait for their export and become old meanwhile, so those of all requests would hide what is kept. */
const sampledShare = 1 / 8;

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
  timeoutMs: 180_000,
  remediation: {
    text: 'The evidence has the figures of each round. Memory: compare two heap snapshots of the service, taken 1,000 requests apart. Time: look for a list or table that grows with each request. Failures: the status says who rejected.',
    effort: 'days',
  },
  expects: { failures: empty(), slowing: empty(), leaking: empty() },
  breaks: levelBreaks,
  run: async (context) => {
    const users = await createUsers(context, userCount);
    const services = await levelOver(context, users, {
      name: 'services',
      targets: everyService,
      gateway: true,
    });
    const routes = await levelOver(context, users, {
      name: 'routes',
      targets: frequentRoutes,
      gateway: false,
    });
    const rounds = { ...services.rounds, ...routes.rounds };
    await context.keep('rounds.json', rounds as unknown as Json);
    const results = [...services.results, ...routes.results];
    const found = Object.entries(rounds).map(([name, of]) => ({
      ...growthIn(name, of),
      alwaysSaturated: of.every(({ saturated }) => saturated),
    }));
    if (found.some(({ slowing, alwaysSaturated }) => slowing.length > 0 && alwaysSaturated))
      rejectSaturated(results);
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

/** Sends requests of the targets until each is known to be level, or the rounds are over. */
async function levelOver(
  context: CheckContext,
  users: readonly LoadUser[],
  { name, targets, gateway }: { name: string; targets: readonly LevelTarget[]; gateway: boolean },
): Promise<{ results: LoadResult[]; rounds: Record<string, Round[]> }> {
  const send = (load: string, to: readonly LevelTarget[], each: number) =>
    context.load.run({
      name: `${name}-${load}`,
      flows: users.flatMap((user) =>
        to.map((target) => ({ name: target.name, weight: 1, steps: [target.stepFor(user)] })),
      ),
      model: { iterations: each * to.length, concurrency },
      sampledShare,
    });

  const results = [await send('warm-up', targets, warmUp)];
  const rounds: Record<string, Round[]> = {};
  const passedOn = targets.filter(({ service }) => service !== 'frontend');
  const subjects = [
    ...targets.map((target) => ({ name: target.name, service: target.service, targets: [target] })),
    ...(gateway ? [{ name: 'gateway', service: 'gateway' as const, targets: passedOn }] : []),
  ];
  let doubtful = subjects;
  let last: LastUses = new Map();
  for (let number = 1; number <= maxMemoryRounds && doubtful.length > 0; number += 1) {
    const single = targets.filter((target) =>
      doubtful.some((subject) => subject.service === target.service && subject.name === target.name),
    );
    const onlyGateway = single.length === 0;
    const sent = onlyGateway ? passedOn.slice(0, 1) : single;
    const further = onlyGateway ? gatewayRound : furtherRound;
    const { result, pointsOf, ...watched } = await watchMemory(
      context.http,
      { services: doubtful.map(({ service }) => service), earlier: last },
      () => send(`round-${number}`, sent, number === 1 ? firstRound : further),
    );
    last = watched.last;
    results.push(result);
    for (const subject of doubtful) {
      const counted = requestsOf(
        result,
        subject.targets.filter((target) => sent.includes(target)).map((target) => target.name),
      );
      const round = { ...counted, memory: pointsOf(subject.service, counted.requests) };
      rounds[subject.name] = [...(rounds[subject.name] ?? []), round];
    }
    doubtful = doubtful.filter((subject) => {
      const of = rounds[subject.name] ?? [];
      return !isLevel(of) && (number < maxTimeRounds || hasLevelTimes(of));
    });
    if (number >= maxRoundsOfMost && doubtful.length > subjects.length / 2) break;
  }
  return { results, rounds };
}
