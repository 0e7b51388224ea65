import {
  type CheckContext,
  defineCheck,
  type Exchange,
  empty,
  equals,
} from '../../../harness/engine/index.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { getMe } from '../../authentication/requests.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { lagMs } from './ended-session-checks.ts';
import { renewedBreaks } from './renewed-session-breaks.ts';

/** Ids of sessions that a client could try to choose. */
const chosen = '11111111-1111-4111-8111-111111111111';

interface Jar {
  cookie: string;
  accessToken: string;
}

export const signInRenews = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.sign-in-renews-the-session',
  title: 'A sign-in starts a new session and ends the one before',
  failureTitle: 'A sign-in continues a session, or leaves the one before open',
  why: 'Who plants a session of their own in a browser must not get that of the person who signs in there. One that stays open behind a new sign-in is used by the next person (ASVS 5.0 7.2.4).',
  severity: 'high',
  needs: [loginWorks, readyCheckId('frontend')],
  services: ['frontend', 'gateway', 'platform-services'],
  standards: ['ASVS 7.2.4', 'API2'],
  remediation: {
    text: 'The site starts a session with tokens of its own and ends the session of the cookies that came with the sign-in. No route takes the id of a session from a client.',
    effort: 'hours',
  },
  expects: {
    plantedBefore: equals(200),
    sameSession: empty(),
    chosenIds: empty(),
    victimSeesSelf: equals('own'),
    plantedAfter: equals(401),
    plantedSeesVictim: equals(false),
    earlierAfter: equals(401),
    renewed: equals('own'),
    otherDevice: equals(200),
  },
  run: async (context) => {
    const { http } = context;
    const [attacker, victim] = [await context.account(), await context.account()];
    const profile = ({ cookie }: Jar, from: string) =>
      http.request('frontend', '/api/auth/profile', { from, headers: { cookie } });
    const whose = ({ json }: Exchange) => {
      const email = textAt(json, 'user', 'email');
      return email === victim.email ? 'own' : email === attacker.email ? 'of the attacker' : 'of nobody';
    };
    const ended = async (jar: Jar, from: string) =>
      (
        await pollUntil(
          () => profile(jar, from),
          ({ status }) => status === 401,
          context,
          lagMs,
        )
      ).status;

    const planted = await signInAt(context, attacker, '');
    const plantedBefore = await profile(planted, attacker.address);
    const first = await signInAt(context, victim, planted.cookie);
    const seen = whose(await profile(first, victim.address));
    const plantedState = await profile(planted, attacker.address);
    const plantedAfter = await ended(planted, attacker.address);
    const second = await signInAt(context, victim, first.cookie);
    const ids = [planted, first, second].map(({ accessToken }) => sessionOf(accessToken));
    const chosenIds: string[] = [];
    for (const [what, more] of [
      ['the body', { body: { session_id: chosen, sid: chosen } }],
      ['a header', { headers: { 'x-session-id': chosen } }],
      ['a cookie', { headers: { cookie: `session_id=${chosen}; sid=${chosen}` } }],
      ['the query', { query: `?session_id=${chosen}` }],
    ] as const) {
      const { email, password } = victim;
      const response = await http.request(
        'platform-services',
        `/auth/login${'query' in more ? more.query : ''}`,
        {
          method: 'POST',
          from: context.newAddress(),
          body: { email, password, ...('body' in more ? more.body : {}) },
          ...('headers' in more ? { headers: more.headers } : {}),
        },
      );
      // A field that no contract has may also be rejected.
      if (response.status < 300 && sessionOf(textAt(response.json, 'access_token')) === chosen)
        chosenIds.push(what);
    }
    return {
      plantedBefore: plantedBefore.status,
      sameSession: ids.filter((id, index) => id === '' || ids.indexOf(id) !== index),
      chosenIds,
      victimSeesSelf: seen,
      plantedAfter,
      plantedSeesVictim: whose(plantedState) === 'own',
      earlierAfter: await ended(first, victim.address),
      renewed: whose(await profile(second, victim.address)),
      // The session of the registration, which belongs to another program.
      otherDevice: (await getMe(context, { from: victim.address, token: victim.accessToken })).status,
    };
  },
  breaks: renewedBreaks,
});

/** Signs in at the site with the cookies that the browser has. */
async function signInAt(
  { http, stack }: Pick<CheckContext, 'http' | 'stack'>,
  { email, password, address }: { email: string; password: string; address: string },
  cookie: string,
): Promise<Jar> {
  const { headers } = await http.request('frontend', '/api/auth/login', {
    method: 'POST',
    from: address,
    body: { email, password },
    headers: { origin: new URL(stack.services.frontend).origin, ...(cookie === '' ? {} : { cookie }) },
  });
  const pairs = (headers['set-cookie'] ?? '').split('\n').map((line) => line.split(';')[0] ?? '');
  const access = pairs.find((pair) => /_access=/.test(pair)) ?? '';
  return { cookie: pairs.join('; '), accessToken: access.slice(access.indexOf('=') + 1) };
}

/** The id of the session in an access token; empty without one. */
function sessionOf(token: string): string {
  return token.split('.').length === 3 ? String(readToken(token).claims.session_id) : '';
}
