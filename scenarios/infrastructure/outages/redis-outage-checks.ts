import {
  atLeast,
  atMost,
  type CheckContext,
  defineCheck,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { firstOf, outageFields } from './check-fields.ts';
import { differencesFrom } from './judge-outage.ts';
import { observeReports, reportedOutage } from './readiness-report.ts';
import { stopRedis } from './redis-outage.ts';
import {
  healingBreaks,
  limitBreaks,
  readBreaks,
  readinessBreaks,
  sessionBreaks,
} from './redis-outage-breaks.ts';
import { healLimitMs } from './store-outage.ts';

const fields = { ...outageFields, requires: ['node-restart', 'redis-admin'] } as const;
const dependants = {
  services: serviceNames.filter((service) => service !== 'frontend'),
  dependency: 'redis',
};

export const redisOutage = (context: CheckContext) =>
  context.once('outage of redis', () => stopRedis(context));

export const redisOutageIsReported = defineCheck({
  ...fields,
  id: 'infrastructure.redis-outage.readiness-reports-it',
  title: 'Services without Redis report that they are not ready',
  failureTitle: 'Services report ready while Redis is stopped',
  why: 'Without Redis, sessions that are ended are not announced and limits are counted per process. Somebody has to know.',
  remediation: {
    text: 'List Redis among the dependencies of the service (buildService), and let /ready respond with 503 when one of them fails. /health must not depend on others.',
    effort: 'hours',
  },
  expects: reportedOutage,
  breaks: readinessBreaks,
  run: async (context) => observeReports(await redisOutage(context), dependants),
});

export const redisOutageSparesReads = defineCheck({
  ...fields,
  id: 'infrastructure.redis-outage.reads-go-on',
  title: 'Reads work on while Redis is stopped',
  failureTitle: 'Reads fail or lose content while Redis is stopped',
  why: 'Only sign-in, sign-out and events need Redis. An outage of a cache must not become an outage of the platform.',
  remediation: {
    text: 'Read from PostgreSQL when the cache fails, and count limits locally while Redis is away (platform/services/gateway/limits).',
    effort: 'days',
  },
  expects: { reads: atLeast(60, 'routes'), broken: empty(), refused: empty() },
  breaks: readBreaks,
  run: async (context) => {
    const { before, during, refused } = await redisOutage(context);
    return {
      reads: during.length,
      broken: firstOf(differencesFrom(before, during)),
      refused: [...refused],
    };
  },
});

export const redisOutageKeepsLimits = defineCheck({
  ...fields,
  id: 'infrastructure.redis-outage.sign-in-stays-limited',
  title: 'Sign-in stays limited while Redis is stopped',
  failureTitle: 'Passwords can be guessed without limit while Redis is stopped',
  why: 'An attacker who can bring Redis down must not get unlimited guesses.',
  standards: ['ASVS 6.3.1', 'API2', 'API4'],
  remediation: {
    text: 'Count locally while Redis does not respond (platform/services/gateway/limits/limit-stores.ts), and reject sign-ins whose failures cannot be counted.',
    effort: 'days',
  },
  expects: { attempts: equals(8), limited: equals(true), signedIn: equals(0), otherStatuses: empty() },
  breaks: limitBreaks,
  run: async (context) => {
    const { signIns } = await redisOutage(context);
    return {
      attempts: signIns.length,
      limited: signIns.at(-1) === 429,
      signedIn: signIns.filter((status) => status === 200).length,
      otherStatuses: signIns.filter((status) => ![401, 429, 503].includes(status)),
    };
  },
});

export const redisOutageKeepsSessionsEnded = defineCheck({
  ...fields,
  id: 'infrastructure.redis-outage.ended-sessions-stay-ended',
  title: 'An ended session stays ended while Redis is stopped',
  failureTitle: 'Ended sessions work again while Redis is stopped',
  why: 'Somebody who signs out because a device was stolen must be able to rely on it, whatever happens to a cache.',
  standards: ['ASVS 7.4.1', 'API2'],
  remediation: {
    text: 'Keep the last known list of revoked sessions in force while Redis is away (platform/kit/auth/revocations.ts).',
    effort: 'days',
  },
  expects: { acceptedBefore: equals(200), accepted: empty() },
  breaks: sessionBreaks,
  run: async (context) => {
    const { acceptedBefore, accepted } = await redisOutage(context);
    return { acceptedBefore, accepted: [...accepted] };
  },
});

export const redisOutageHeals = defineCheck({
  ...fields,
  id: 'infrastructure.redis-outage.heals-by-itself',
  title: 'The platform recovers from an outage of Redis',
  failureTitle: 'The platform does not recover from an outage of Redis',
  why: 'Redis restarts with each of its updates. Services must connect again by themselves; under load, clients of sign-in may see the documented 503 only, all others no failure.',
  remediation: {
    text: 'Let the client connect again with a delay (platform/kit/redis/redis.ts). Set appendonly yes and keep the data folder of Redis on a volume. The evidence has what users saw and for how long.',
    effort: 'days',
  },
  expects: {
    stopped: equals('exited with code 0'),
    requests: atLeast(30, 'requests'),
    errorsLasted: atMost(healLimitMs, 'ms'),
    notHealed: empty(),
    otherErrors: empty(),
    lost: empty(),
    ended: atLeast(1, 'sessions'),
    endedAgain: empty(),
    healedAfter: atMost(healLimitMs, 'ms'),
  },
  breaks: healingBreaks,
  run: async (context) => {
    const outage = await redisOutage(context);
    const kept = new Set(await context.redis().zrange('auth:revoked-sessions', '0', '-1'));
    return {
      stopped: outage.restart.failure ?? outage.restart.exit,
      requests: outage.requests,
      errorsLasted: outage.errorsLastedMs,
      notHealed: firstOf(outage.notHealed),
      otherErrors: firstOf(outage.otherErrors),
      lost: firstOf(outage.lost),
      ended: outage.endedSessions.length,
      endedAgain: outage.endedSessions.filter((id) => !kept.has(id)),
      healedAfter: outage.healedAfterMs ?? healLimitMs * 10,
    };
  },
});
