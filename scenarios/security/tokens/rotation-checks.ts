import { setTimeout as pause } from 'node:timers/promises';
import {
  type Account,
  type CheckContext,
  defineCheck,
  empty,
  equals,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { platformServices } from '../../../platform/contracts/platform-services/contract.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { accessHeader, freshClaims } from './claim-defects.ts';
import { openDoors, shutDoors } from './doors.ts';
import { addPlatformKey, removePlatformKeys } from './platform-key.ts';
import { rotationBreaks } from './rotation-breaks.ts';

/** How long the platform publishes the key that ends, seconds: enough for every service to fetch and cache it. */
const publishedS = 8;
/** Maximum time after the end of a key until every door is shut, milliseconds. */
const endLagMs = 2_000;
/** Maximum time until a process signs with the key of another one, milliseconds. */
const newKeyMs = 35_000;

export const earlierKeysEnd = defineCheck({
  ...furtherSecurity,
  id: 'security.tokens.earlier-keys-end',
  title: 'New signing keys work at once, earlier ones end in time',
  failureTitle: 'A token of an ended key works, or one of a valid key does not',
  why: 'Keys are replaced because they may be known to somebody. A service that keeps the old one accepts forged tokens, and one that misses the new one signs everybody out (ASVS 5.0 9.1.3).',
  severity: 'blocker',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  requires: ['postgres-admin'],
  services: serviceNames,
  destructive: {
    kind: 'database',
    effect: 'lets the platform replace its signing key, and publishes one of its own for some seconds',
  },
  standards: ['ASVS 9.1.1', 'ASVS 9.1.3', 'API2'],
  remediation: {
    text: 'The key set names the end of each earlier key (exp), and verifiers compare it for each token, cached or not. A line names the door.',
    effort: 'hours',
  },
  expects: {
    endingShutBefore: empty(),
    newKeySigns: equals(true),
    newTokenShut: empty(),
    oldTokenShut: empty(),
    overlap: equals('longer than the last token'),
    openAfterEnd: empty(),
    publishedAfterEnd: equals(false),
    genuineShutAfter: empty(),
  },
  run: async (context) => {
    const user = await context.account();
    const { accessToken: oldToken, address: from } = user;
    const { header, claims } = readToken(oldToken);
    const ending = await addPlatformKey(context, `${publishedS} seconds`);
    const endsAt = Date.now() + publishedS * 1_000;
    try {
      const sign = () => ending.sign(accessHeader, freshClaims(claims, Math.floor(Date.now() / 1_000)));
      // One that every service has accepted before, and one that none has seen.
      const [seen, unseen] = [sign(), sign()];
      const endingShutBefore = await shutDoors(context, { token: seen, from });

      const newToken = await tokenOfNewKey(context, user, String(header.kid));
      const newTokenShut = await shutDoors(context, { token: newToken, from });
      const oldTokenShut = await shutDoors(context, { token: oldToken, from });
      const overlapS = await overlapOf(context, String(header.kid));

      await pause(Math.max(0, endsAt - Date.now()), undefined, { signal: context.signal });
      const open = async () => {
        const [again, first] = await Promise.all([
          openDoors(context, { token: seen, from }),
          openDoors(context, { token: unseen, from }),
        ]);
        return [
          ...again.map((line) => `a known token at ${line}`),
          ...first.map((line) => `a new token at ${line}`),
        ];
      };
      const openAfterEnd = await pollUntil(open, (lines) => lines.length === 0, context, endLagMs);
      const kids = await publishedKids(context);
      return {
        endingShutBefore,
        newKeySigns: newToken !== '' && readToken(newToken).header.kid !== header.kid,
        newTokenShut,
        oldTokenShut,
        overlap:
          overlapS > Number(claims.exp) - Number(claims.iat) ? 'longer than the last token' : `${overlapS} s`,
        openAfterEnd,
        publishedAfterEnd: kids.includes(ending.kid),
        genuineShutAfter: await shutDoors(context, { token: newToken, from }),
      };
    } finally {
      await removePlatformKeys(context, [ending.kid]);
    }
  },
  breaks: rotationBreaks,
});

/** Ids of the keys that the platform publishes. Asking lets it replace a key that is too old. */
async function publishedKids({ http }: Pick<CheckContext, 'http'>): Promise<string[]> {
  const response = await http.request('platform-services', platformServices.routes.jwks.path);
  const keys = valueAt(response.json, 'keys');
  if (!Array.isArray(keys)) throw new ProductFailure(`there is no key set: ${summary(response)}`);
  return keys.map((key) => textAt(key, 'kid'));
}

/** Makes the key that signs too old, and returns a token of the key that takes its place. */
async function tokenOfNewKey(context: CheckContext, user: Account, oldKid: string): Promise<string> {
  await context
    .databaseAdmin()
    .query(
      `update identity.signing_keys set created_at = now() - interval '400 days' where published_until is null`,
    );
  await publishedKids(context);
  let { refreshToken } = user;
  const refreshed = async () => {
    const { json } = await context.http.request('platform-services', '/auth/refresh', {
      method: 'POST',
      from: user.address,
      body: { refresh_token: refreshToken },
    });
    refreshToken = textAt(json, 'refresh_token') || refreshToken;
    return textAt(json, 'access_token');
  };
  const isNew = (token: string) => token === '' || readToken(token).header.kid !== oldKid;
  return pollUntil(refreshed, isNew, context, newKeyMs);
}

/** For how long an earlier key is published from now on, seconds; 0 for one that is not. */
async function overlapOf(
  { databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>,
  kid: string,
): Promise<number> {
  const { rows } = await databaseAdmin().query<{ seconds: number | null }>(
    'select extract(epoch from published_until - now())::float8 as seconds from identity.signing_keys where kid = $1',
    [kid],
  );
  return Math.round(rows[0]?.seconds ?? 0);
}
