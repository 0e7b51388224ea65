import { atLeast, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { sendAtOnce } from '../kit/send-at-once.ts';
import { textAt } from '../kit/shape.ts';
import { authenticationCheck } from './check-fields.ts';
import { getMe, login, refresh } from './requests.ts';
import { tokenBreaks } from './token-breaks.ts';

/** Races, each in a session of its own, by the number of their requests. */
const races: readonly number[] = [4, 4, 4, 4];
/**
 * Further races, until one had no late request: on a busy machine a request may arrive after another one was answered.
 * Then it is a reuse, and the session ends. Of two requests, this is rare.
 */
const furtherRaces: readonly number[] = Array.from({ length: 12 }, () => 2);

export const refreshRace = defineCheck({
  ...authenticationCheck,
  id: 'authentication.refresh.race-has-one-winner',
  title: 'Of concurrent refreshes of one token, one succeeds',
  failureTitle: 'Concurrent refreshes give several sessions, or end the session',
  standards: ['ASVS 10.4.5', 'ASVS 15.4.2', 'API2'],
  why: 'A token that is copied and used at the same moment must not give two sessions. Two tabs that refresh at once are no theft, so the winner stays signed in (RFC 9700 4.14.2).',
  severity: 'high',
  needs: ['authentication.refresh.reuse-revokes-family'],
  requires: ['many-source-addresses'],
  remediation: {
    text: 'Mark the token as used and insert its successor in one statement. Only a token that was used before the request arrived counts as stolen.',
    effort: 'days',
  },
  expects: {
    /** The numbers of winners that a race had. */
    winners: equals([1]),
    otherwise: empty(),
    signedInAfterRace: atLeast(1, 'winners'),
    reused: equals(401),
    afterReuse: empty(),
    otherSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const { address: from, accessToken } = account;
    const winners = new Set<number>();
    const otherwise: string[] = [];
    let signedInAfterRace = 0;
    let consumed = '';
    let last = { access: '', refresh: '' };
    for (const [race, runners] of [...races, ...furtherRaces].entries()) {
      if (race >= races.length && signedInAfterRace > 0) break;
      // An address may sign in five times in 15 minutes.
      const session = await login(context, { ...account, address: context.newAddress() });
      consumed = textAt(session.json, 'refresh_token');
      const body = { refresh_token: consumed };
      const requests = Array.from({ length: runners }, () => ({ from: context.newAddress(), body }));
      const together = await sendAtOnce(context, '/api/auth/refresh', requests);
      const won = together.filter(({ status }) => status === 200);
      winners.add(new Set(won.map(({ json }) => textAt(json, 'refresh_token'))).size);
      otherwise.push(
        ...together
          .filter(({ status }) => status !== 200 && status !== 401)
          .map(({ status }) => `race ${race + 1}: ${status}`),
      );
      last = { access: textAt(won[0]?.json, 'access_token'), refresh: textAt(won[0]?.json, 'refresh_token') };
      const me = await getMe(context, { from, token: last.access });
      const next = await refresh(context, last.refresh, context.newAddress());
      if (me.status !== 200 || next.status !== 200) continue;
      signedInAfterRace += 1;
      last = { access: textAt(next.json, 'access_token'), refresh: textAt(next.json, 'refresh_token') };
    }
    // Much later, the same token is a stolen one: the whole family of its session ends.
    const reuse = await refresh(context, consumed, context.newAddress());
    const [me, next] = [
      await getMe(context, { from, token: last.access }),
      await refresh(context, last.refresh, context.newAddress()),
    ];
    const own = await getMe(context, { from, token: accessToken });
    return {
      winners: [...winners].sort(),
      otherwise,
      signedInAfterRace,
      reused: reuse.status,
      afterReuse: [
        ...(me.status === 401 ? [] : [`access token: ${me.status}`]),
        ...(next.status === 401 ? [] : [`refresh token: ${next.status}`]),
      ],
      otherSession: own.status,
    };
  },
  breaks: tokenBreaks.refreshRace,
});
