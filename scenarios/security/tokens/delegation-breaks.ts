import type { Break, SourceChange } from '../../../harness/engine/index.ts';

const inMinting = (find: string, replace: string): SourceChange => ({
  kind: 'source',
  file: 'platform/services/platform-services/grants/mint-token.ts',
  find,
  replace,
});

/** A key counts as valid however old it is. */
const keyExpiryIgnored = inMinting(
  'and (t.expires_at is null or t.expires_at > clock_timestamp())',
  'and (t.expires_at is null or t.expires_at > t.created_at)',
);
/** A token is bounded by its grant, but not by the key behind it. */
const boundByGrantOnly = inMinting(
  'extract(epoch from least(g.expires_at, t.expires_at) - clock_timestamp())',
  'extract(epoch from g.expires_at - clock_timestamp())',
);

export const keyRunBreaks: readonly Break[] = [
  {
    defect: 'Runs get tokens after the API key that started them has expired.',
    changes: [keyExpiryIgnored],
    violates: ['ended', 'writtenAfterwards'],
  },
  {
    defect: 'Tokens of runs outlive the API key that started them.',
    changes: [boundByGrantOnly],
    violates: ['ended', 'writtenAfterwards'],
  },
];

export const delegatedTokenBreaks: readonly Break[] = [
  {
    defect: 'Tokens of runs live 15 minutes.',
    changes: [inMinting('Math.min(grantLimits.tokenSeconds, secondsLeft', 'Math.min(3600, secondsLeft')],
    violates: ['tooLong'],
  },
  {
    defect: 'Tokens of runs outlive the API key that started them.',
    changes: [boundByGrantOnly],
    violates: ['outlivesKey'],
  },
  {
    defect: 'The expiry of a grant is not compared.',
    changes: [inMinting('coalesce(g.expires_at <= clock_timestamp(), false) as expired', 'false as expired')],
    violates: ['mintedAfterExpiry', 'ended', 'writtenAfterwards'],
  },
  {
    defect: 'A response announces another lifetime than that of its token.',
    changes: [
      {
        kind: 'exchange',
        service: 'platform-services',
        method: 'POST',
        path: /^\/internal\/grants\/[^/]+\/token$/,
        response: ({ body }) => ({
          body: Buffer.from(body.toString().replace(/"expires_in":\d+/, '"expires_in":3600')),
        }),
      },
    ],
    violates: ['announcedOtherwise'],
  },
];
