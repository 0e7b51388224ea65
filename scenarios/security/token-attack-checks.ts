import { atLeast, type CheckContext, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { forgeries, forgeryKinds, newKeyPair, readToken } from '../authentication/forgeries.ts';
import { refresh } from '../authentication/requests.ts';
import { valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { checklistItem } from './check-fields.ts';
import { attackBreaks } from './tokens/attack-breaks.ts';
import { doors, doorsOfServices, presentAll, shutDoors } from './tokens/doors.ts';
import { listenWithKeySet } from './tokens/key-set-listener.ts';

/** Doors at which every variant of every forgery is tried; at the others one of each kind. */
const doorsOfAll = doors.filter(({ name }) =>
  ['gateway REST', 'platform-services', 'user-service'].includes(name),
);
/** At least this number of forgeries. */
const minForgeries = 50;

export const authenticationSecurity = defineCheck({
  ...checklistItem,
  id: 'security.authentication-security',
  users: 2,
  title: 'Gateway and services reject forged tokens',
  failureTitle: 'A forged token works',
  why: 'A widely used library has accepted each of these forgeries at some time (ASVS 5.0 9.1, 9.2; CVE-2026-34950). A genuine token must work before and after, so rejecting everything does not pass.',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  standards: [
    'ASVS 1.5.3',
    'ASVS 8.3.1',
    'ASVS 9.1.1',
    'ASVS 9.1.2',
    'ASVS 9.1.3',
    'ASVS 9.2.2',
    'ASVS 13.2.1',
    'ASVS 14.2.1',
    'API2',
    'API7',
  ],
  remediation: {
    text: 'Verify with an allow-list of one algorithm, the platform’s own key set, issuer, audience, type and required claims. Ignore jwk, jku and x5u of the token, and reject unknown crit. A line names forgery and door.',
    effort: 'hours',
  },
  expects: {
    genuineShutBefore: empty(),
    accepted: empty(),
    notRejected: empty(),
    tried: atLeast(minForgeries * doorsOfAll.length + (doors.length - doorsOfAll.length) * 10, 'tokens'),
    keySetRequests: equals(0),
    directWithoutToken: empty(),
    refreshTokenAsAccess: empty(),
    accessTokenAsRefresh: equals(401),
    twoHeaders: empty(),
    tokenInUrl: empty(),
    privatePartsPublished: empty(),
    genuineShutAfter: empty(),
  },
  run: async (context) => {
    const { http } = context;
    const [user, other] = [await context.account(), await context.account()];
    const { accessToken, address: from } = user;
    const genuine = { token: accessToken, from };

    const genuineShutBefore = await shutDoors(context, genuine);
    const keySet = await http.request('platform-services', platformServices.routes.jwks.path);
    const listed = valueAt(keySet.json, 'keys');
    const publicKeys = Array.isArray(listed) ? (listed as Record<string, unknown>[]) : [];
    const ownKey = newKeyPair();
    // With the key id that the forgeries name, so that a verifier that asks would find the key.
    const ownJwk = { ...ownKey.publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' };
    const { kid } = readToken(accessToken).header;
    await using listener = await listenWithKeySet([{ ...ownJwk, kid }, ownJwk]);
    const material = { publicKeys, other: other.accessToken, keySetUrl: listener.url, ownKey };
    const forged = forgeries(accessToken, material);
    const [all, kinds] = await Promise.all([
      presentAll(context, forged, { from, at: doorsOfAll }),
      presentAll(
        context,
        forged.filter(({ name }) => forgeryKinds.includes(name)),
        { from, at: doors.filter((door) => !doorsOfAll.includes(door)) },
      ),
    ]);
    const none = await presentAll(context, [{ name: 'no token', token: '' }], { from, at: doorsOfServices });
    const asAccess = [{ name: 'a refresh token', token: user.refreshToken }];
    const refreshTokens = await presentAll(context, asAccess, { from });
    const asRefresh = await refresh(context, accessToken.slice(0, 512), from);
    return {
      genuineShutBefore,
      accepted: [...all.accepted, ...kinds.accepted],
      notRejected: [...all.notRejected, ...kinds.notRejected],
      tried: all.tried + kinds.tried,
      keySetRequests: listener.hits,
      directWithoutToken: [...none.accepted, ...none.notRejected],
      refreshTokenAsAccess: [...refreshTokens.accepted, ...refreshTokens.notRejected],
      accessTokenAsRefresh: asRefresh.status,
      ...(await presentOddly(context, genuine)),
      privatePartsPublished: publicKeys.flatMap((key) =>
        ['d', 'p', 'q', 'k'].filter((part) => part in key).map((part) => `${String(key.kid)}.${part}`),
      ),
      genuineShutAfter: await shutDoors(context, genuine),
    };
  },
  breaks: attackBreaks,
});

/** A genuine token where none may be: in two headers, and in the URL, which ends up in logs and histories. */
async function presentOddly(
  { http }: Pick<CheckContext, 'http'>,
  { token, from }: { token: string; from: string },
): Promise<{ twoHeaders: string[]; tokenInUrl: string[] }> {
  const twoHeaders: string[] = [];
  const tokenInUrl: string[] = [];
  await Promise.all(
    doors.map(async ({ name, get }) => {
      if (get === undefined) return;
      const { service, path } = get;
      const authorization = [`Bearer ${token}`, 'Bearer another'];
      const twice = await http.request(service, path, { from, headers: { authorization } });
      if (twice.status !== 401 && twice.status !== 400) twoHeaders.push(`${name}: ${twice.status}`);
      const query = `access_token=${token}&token=${token}`;
      const inUrl = await http.request(service, `${path}?${query}`, { from });
      if (inUrl.status !== 401) tokenInUrl.push(`${name}: ${inUrl.status}`);
    }),
  );
  return { twoHeaders: twoHeaders.sort(), tokenInUrl: tokenInUrl.sort() };
}
