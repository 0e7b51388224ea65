import { defineCheck, equals } from '../../harness/engine/index.ts';
import { Tokens } from '../../platform/contracts/platform-services/authentication.ts';
import { answerIn, answers, refusalIn, refuses } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { authCheck, getMe, loginWorks, postAuth, registrationWorks } from './check-fields.ts';

const rotates = 'auth.refresh.rotates';

export const refreshRotates = defineCheck({
  ...authCheck,
  id: rotates,
  title: 'A refresh token gives new tokens, once',
  why: 'Without refreshing, users are signed out every few minutes; without rotation a stolen token works for weeks.',
  severity: 'blocker',
  weight: 2,
  needs: [registrationWorks],
  remediation: {
    text: 'POST /auth/refresh must spend the presented token and answer a new pair in one transaction; see refresh_tokens.used_at.',
    effort: 'days',
  },
  expects: {
    ...answers(200, 'platform-services'),
    newTokens: equals(true),
    newAccessToken: equals(200),
    newRefreshToken: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const refresh = (token: string) => postAuth(context, 'refresh', { refresh_token: token }, { from });
    const answer = await refresh(account.refreshToken);
    const access = textAt(answer.json, 'access_token');
    const next = textAt(answer.json, 'refresh_token');
    const me = await getMe(context, { from, token: access });
    const again = await refresh(next);
    return {
      ...answerIn(answer, Tokens),
      newTokens: access !== account.accessToken && next !== account.refreshToken,
      newAccessToken: me.status,
      newRefreshToken: again.status,
    };
  },
});

export const refreshReuse = defineCheck({
  ...authCheck,
  id: 'auth.refresh.reuse-revokes-family',
  title: 'A refresh token used twice ends the whole session',
  why: 'Two users of one token mean that it was stolen; nobody can tell which of them is the thief, so both are out (OAuth 2.0 Security BCP 4.14).',
  severity: 'high',
  needs: [rotates],
  remediation: {
    text: 'When a spent token is presented, revoke its session: every refresh token of the family and, within the documented lag, its access tokens.',
    effort: 'days',
  },
  expects: {
    ...refuses('token_revoked', 'platform-services'),
    latestRefreshToken: equals(401),
    latestAccessToken: equals(401),
    otherSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const refresh = (token: string) => postAuth(context, 'refresh', { refresh_token: token }, { from });
    const other = await postAuth(
      context,
      'login',
      { email: account.email, password: account.password },
      { from },
    );
    const first = await refresh(account.refreshToken);
    const second = await refresh(textAt(first.json, 'refresh_token'));
    const reuse = await refresh(account.refreshToken);
    const latest = await refresh(textAt(second.json, 'refresh_token'));
    const me = await getMe(context, { from, token: textAt(second.json, 'access_token') });
    // A session of the same user on another device has nothing to do with it.
    const otherMe = await getMe(context, { from, token: textAt(other.json, 'access_token') });
    return {
      ...refusalIn(reuse),
      latestRefreshToken: latest.status,
      latestAccessToken: me.status,
      otherSession: otherMe.status,
    };
  },
});

export const logoutEnds = defineCheck({
  ...authCheck,
  id: 'auth.logout.ends-session',
  title: 'Signing out ends access and refresh tokens at once, and no other session',
  why: 'People sign out on shared machines; a token that still works afterwards is an open door.',
  severity: 'high',
  needs: [loginWorks],
  remediation: {
    text: 'POST /auth/logout must revoke the session in the database and publish it to Redis, where every service looks before it accepts a token.',
    effort: 'days',
  },
  expects: {
    ...answers(204, 'platform-services'),
    accessBefore: equals(200),
    accessAfter: equals(401),
    refreshAfter: equals(401),
    otherSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const other = await postAuth(
      context,
      'login',
      { email: account.email, password: account.password },
      { from },
    );
    const before = await getMe(context, { from, token: account.accessToken });
    const answer = await postAuth(context, 'logout', undefined, { from, token: account.accessToken });
    const after = await getMe(context, { from, token: account.accessToken });
    const refresh = await postAuth(context, 'refresh', { refresh_token: account.refreshToken }, { from });
    const otherMe = await getMe(context, { from, token: textAt(other.json, 'access_token') });
    return {
      ...answerIn(answer, undefined),
      accessBefore: before.status,
      accessAfter: after.status,
      refreshAfter: refresh.status,
      otherSession: otherMe.status,
    };
  },
});
