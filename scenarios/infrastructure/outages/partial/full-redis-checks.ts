import {
  atLeast,
  atMost,
  type Break,
  defineCheck,
  empty,
  equals,
  oneOf,
} from '../../../../harness/engine/index.ts';
import { login, postAuth } from '../../../authentication/requests.ts';
import { seeFailure } from '../../upstreams/seen-failure.ts';
import { firstOf, outageFields } from '../check-fields.ts';
import { differencesFrom } from '../judge-outage.ts';
import { openSample, sendReads } from '../sample-reads.ts';
import { healLimitMs, waitUntilHealed } from '../store-outage.ts';

const breaks: readonly Break[] = [
  {
    defect: 'A Redis without memory is an internal error.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/auth\/logout/,
        response: ({ status }) => (status === 503 ? { status: 500 } : {}),
      },
    ],
    violates: ['signOut'],
  },
  {
    defect: 'A Redis without memory deletes keys.',
    changes: [
      {
        kind: 'redis',
        apply: [['config', 'set', 'maxmemory-policy', 'allkeys-lru']],
        restore: [['config', 'set', 'maxmemory-policy', 'noeviction']],
      },
    ],
    violates: ['evicted'],
  },
];

export const fullRedisIsSurvived = defineCheck({
  ...outageFields,
  id: 'infrastructure.redis-outage.full-memory-is-survived',
  title: 'Services survive a Redis without free memory',
  failureTitle: 'A Redis without free memory loses keys or breaks services',
  why: 'A full Redis rejects writes. Reads need none, sign-in and sign-out must say that they are not possible now, and no session that was ended may be forgotten.',
  requires: ['redis-admin', 'node-restart'],
  destructive: { kind: 'drill', effect: 'lets Redis accept no writes for some seconds' },
  remediation: {
    text: 'Keep maxmemory-policy noeviction, and map OOM to 503 not_ready with Retry-After (platform/kit/service/store-failure.ts).',
    effort: 'hours',
  },
  expects: {
    reads: atLeast(60, 'routes'),
    broken: empty(),
    signIn: oneOf('200', '503 not_ready'),
    signOut: oneOf('204', '503 not_ready'),
    evicted: equals(0),
    notHealed: empty(),
    signInAfterwards: equals('200'),
    healedAfter: atMost(healLimitMs, 'ms'),
  },
  breaks,
  async run(context) {
    const [sample, user] = await Promise.all([openSample(context), context.account()]);
    const before = await sendReads(context, sample, sample.reads);
    const redis = context.redis();
    const signIn = () => seeFailure(() => login(context, { ...user, address: context.newAddress() }));
    const evictedKeys = async () => Number(/evicted_keys:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const evictedBefore = await evictedKeys();
    const [, maxMemory = '0'] = (await redis.config('GET', 'maxmemory')) as string[];
    await redis.config('SET', 'maxmemory', '1');
    const [during, duringSignIn, duringSignOut] = await Promise.all([
      sendReads(context, sample, sample.reads),
      signIn(),
      seeFailure(() =>
        postAuth(context, 'logout', undefined, { token: user.accessToken, from: user.address }),
      ),
    ]).finally(() => redis.config('SET', 'maxmemory', maxMemory));
    const freeAtMs = performance.now();
    const healing = await waitUntilHealed(context, sample, before);
    const evicted = (await evictedKeys()) - evictedBefore;
    await context.keep('full-redis.json', {
      signIn: `${duringSignIn.outcome} after ${duringSignIn.tookMs} ms`,
      signOut: `${duringSignOut.outcome} after ${duringSignOut.tookMs} ms`,
      broken: differencesFrom(before, during),
      evicted,
    });
    return {
      reads: during.length,
      broken: firstOf(differencesFrom(before, during)),
      signIn: duringSignIn.outcome,
      signOut: duringSignOut.outcome,
      evicted,
      notHealed: firstOf(healing.problems),
      signInAfterwards: (await signIn()).outcome,
      healedAfter: healing.atMs === undefined ? healLimitMs * 10 : Math.round(healing.atMs - freeAtMs),
    };
  },
});
