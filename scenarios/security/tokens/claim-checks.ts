import { setTimeout as pause } from 'node:timers/promises';
import { atLeast, defineCheck, empty } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { claimBreaks } from './claim-breaks.ts';
import { accessHeader, claimDefects, expiryDefects, freshClaims } from './claim-defects.ts';
import { doors, openDoors, presentAll, shutDoors } from './doors.ts';
import { withPlatformKeys } from './platform-key.ts';

/** Lifetime of a token that every door accepts before it expires, seconds: enough to present it everywhere. */
const shortLifetimeS = 6;

/** At least this number of defects, each at each door. */
const minDefects = 20;

export const claimsAreEnforced = defineCheck({
  ...furtherSecurity,
  id: 'security.tokens.claims-are-enforced',
  users: 1,
  title: 'Expired and misdirected tokens are rejected everywhere',
  failureTitle: 'A token that is expired or not meant for the API works',
  why: 'A signature says who made a token, not that it still counts. One service without the test of expiry, audience or type accepts stolen tokens for ever (ASVS 5.0 9.1, 9.2).',
  severity: 'blocker',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  requires: ['postgres-admin'],
  services: serviceNames,
  destructive: { kind: 'database', effect: 'publishes a signing key of its own for some seconds' },
  standards: [
    'ASVS 9.1.1',
    'ASVS 9.1.2',
    'ASVS 9.1.3',
    'ASVS 9.2.1',
    'ASVS 9.2.2',
    'ASVS 9.2.3',
    'ASVS 9.2.4',
    'API2',
  ],
  remediation: {
    text: 'A line names defect and door. Verify with issuer, audience, typ at+jwt and the required claims, exp among them, before a token is cached; retired keys leave the key set with published_until.',
    effort: 'hours',
  },
  expects: {
    genuineShutBefore: empty(),
    signedShut: empty(),
    expiredAccepted: empty(),
    acceptedAfterUse: empty(),
    othersAccepted: empty(),
    notRejected: empty(),
    tried: atLeast(minDefects * doors.length, 'tokens'),
    genuineShutAfter: empty(),
  },
  run: async (context) => {
    const user = await context.account();
    const { address: from, accessToken } = user;
    const { claims } = readToken(accessToken);
    const genuine = { token: accessToken, from };
    const genuineShutBefore = await shutDoors(context, genuine);
    return withPlatformKeys(context, async (keys) => {
      const nowS = Math.floor(Date.now() / 1000);
      // Without a defect such a token works: what is rejected afterwards is rejected for its defect.
      const control = keys.published.sign(accessHeader, freshClaims(claims, nowS));
      const short = {
        token: keys.published.sign(accessHeader, {
          ...freshClaims(claims, nowS),
          exp: nowS + shortLifetimeS,
        }),
        from,
      };
      // A door that has verified a token may remember it, but not beyond its expiry.
      const signedShut = [
        ...(await shutDoors(context, short)),
        ...(await shutDoors(context, { token: control, from })),
      ];
      const defects = claimDefects(keys, claims, nowS);
      const { accepted, notRejected, tried } = await presentAll(context, defects, { from });
      await pause(Math.max(0, (nowS + shortLifetimeS + 1) * 1000 - Date.now()), undefined, {
        signal: context.signal,
      });
      const isExpiry = (line: string) => expiryDefects.some((name) => line.startsWith(`${name} at `));
      return {
        genuineShutBefore,
        signedShut,
        expiredAccepted: accepted.filter(isExpiry),
        acceptedAfterUse: await openDoors(context, short),
        othersAccepted: accepted.filter((line) => !isExpiry(line)),
        notRejected,
        tried,
        genuineShutAfter: await shutDoors(context, genuine),
      };
    });
  },
  breaks: claimBreaks,
});
