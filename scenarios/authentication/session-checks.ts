import { defineCheck, equals } from '../../harness/engine/index.ts';
import { Tokens } from '../../platform/contracts/platform-services/authentication.ts';
import { expectRejection, expectResponse, observeRejection, observeResponse } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { authenticationCheck, loginWorks, registrationWorks } from './check-fields.ts';
import { getMe, login, postAuth, refresh } from './requests.ts';
import { tokenBreaks } from './token-breaks.ts';

const rotatesTokens = 'authentication.refresh.rotates-tokens';

export const refreshRotates = defineCheck({
  ...authenticationCheck,
  id: rotatesTokens,
  title: 'A refresh token works once and gives new tokens',
  why: 'Without refresh, users are signed out every few minutes. Without rotation, a stolen token works for weeks.',
  severity: 'blocker',
  weight: 2,
  needs: [registrationWorks],
  remediation: {
    text: 'POST /auth/refresh must mark the token as used and return a new pair in one transaction; see refresh_tokens.used_at.',
    effort: 'days',
  },
  expects: {
    ...expectResponse(200, 'platform-services'),
    newTokens: equals(true),
    newAccessToken: equals(200),
    newRefreshToken: equals(200),
  },
  run: async (context) => {
    const { address: from, accessToken, refreshToken } = await context.account();
    const response = await refresh(context, refreshToken, from);
    const access = textAt(response.json, 'access_token');
    const next = textAt(response.json, 'refresh_token');
    const me = await getMe(context, { from, token: access });
    return {
      ...observeResponse(response, Tokens),
      newTokens: access !== accessToken && next !== refreshToken,
      newAccessToken: me.status,
      newRefreshToken: (await refresh(context, next, from)).status,
    };
  },
  breaks: tokenBreaks.refreshRotates,
});

export const refreshReuse = defineCheck({
  ...authenticationCheck,
  id: 'authentication.refresh.reuse-revokes-family',
  title: 'Reuse of a refresh token ends the whole session',
  why: 'Reuse means that the token was stolen. Nobody can tell the thief from the user, so both are signed out (OAuth 2.0 Security BCP 4.14).',
  severity: 'high',
  needs: [rotatesTokens],
  remediation: {
    text: 'When a used token arrives, revoke its session: every refresh token of the family and, within the documented delay, its access tokens.',
    effort: 'days',
  },
  expects: {
    ...expectRejection('token_revoked', 'platform-services'),
    latestRefreshToken: equals(401),
    latestAccessToken: equals(401),
    otherSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const { address: from, refreshToken } = account;
    const other = await login(context, account);
    const first = await refresh(context, refreshToken, from);
    const second = await refresh(context, textAt(first.json, 'refresh_token'), from);
    const reuse = await refresh(context, refreshToken, from);
    const latest = await refresh(context, textAt(second.json, 'refresh_token'), from);
    const me = await getMe(context, { from, token: textAt(second.json, 'access_token') });
    // The user's session on another device stays valid.
    const otherMe = await getMe(context, { from, token: textAt(other.json, 'access_token') });
    return {
      ...observeRejection(reuse),
      latestRefreshToken: latest.status,
      latestAccessToken: me.status,
      otherSession: otherMe.status,
    };
  },
  breaks: tokenBreaks.refreshReuse,
});

export const logoutEnds = defineCheck({
  ...authenticationCheck,
  id: 'authentication.logout.ends-session',
  title: 'Sign-out ends this session at once and no other',
  why: 'Users sign out on shared machines. A token that still works afterwards gives the next user access.',
  severity: 'high',
  needs: [loginWorks],
  remediation: {
    text: 'POST /auth/logout must revoke the session in the database and publish it to Redis. Every service reads Redis before it accepts a token.',
    effort: 'days',
  },
  expects: {
    ...expectResponse(204, 'platform-services'),
    accessBefore: equals(200),
    accessAfter: equals(401),
    refreshAfter: equals(401),
    otherSession: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const { address: from, accessToken: token } = account;
    const other = await login(context, account);
    const before = await getMe(context, { from, token });
    const response = await postAuth(context, 'logout', undefined, { from, token });
    const after = await getMe(context, { from, token });
    const refreshed = await refresh(context, account.refreshToken, from);
    const otherMe = await getMe(context, { from, token: textAt(other.json, 'access_token') });
    return {
      ...observeResponse(response, undefined),
      accessBefore: before.status,
      accessAfter: after.status,
      refreshAfter: refreshed.status,
      otherSession: otherMe.status,
    };
  },
  breaks: tokenBreaks.logout,
});
