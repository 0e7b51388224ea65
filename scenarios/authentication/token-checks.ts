import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { User } from '../../platform/contracts/identity.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import {
  expectRejection,
  expectResponse,
  observeRejection,
  observeResponse,
  summary,
} from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { authenticationCheck, registrationWorks } from './check-fields.ts';
import { forgeries } from './forgeries.ts';
import { getMe, postAuth, refresh } from './requests.ts';
import { tokenBreaks } from './token-breaks.ts';

const acceptsValidToken = 'authentication.validate.accepts-valid-token';
const returnsUser = 'authentication.me.returns-user';

export const validateAccepts = defineCheck({
  ...authenticationCheck,
  id: acceptsValidToken,
  title: 'A fresh access token is valid and names its user',
  why: 'The assessment could not validate any token. Every protected route depends on it.',
  severity: 'blocker',
  weight: 2,
  needs: [registrationWorks],
  remediation: {
    text: 'Compare kid of the token with /.well-known/jwks.json of platform-services, then issuer, audience and clock of signer and verifier.',
    effort: 'days',
  },
  expects: {
    ...expectResponse(200, 'platform-services'),
    valid: equals(true),
    claimsOfUser: equals(true),
    lifetime: equals('as announced'),
  },
  run: async (context) => {
    const account = await context.account();
    const { address: from, accessToken: token, refreshToken } = account;
    const response = await postAuth(context, 'validate', { token }, { from });
    const claim = (name: string) => valueAt(response.json, 'claims', name);
    const seconds = Number(claim('exp')) - Number(claim('iat'));
    const announced = Number(valueAt((await refresh(context, refreshToken, from)).json, 'expires_in'));
    return {
      ...observeResponse(response, platformServices.routes.validate.success.schema),
      valid: valueAt(response.json, 'valid') === true,
      claimsOfUser:
        claim('sub') === account.userId &&
        claim('user_id') === account.userId &&
        claim('tenant_id') === account.tenantId &&
        claim('email') === account.email &&
        claim('name') === account.name,
      lifetime: seconds === announced ? 'as announced' : `${seconds} s instead of ${announced} s`,
    };
  },
  breaks: tokenBreaks.validateAccepts,
});

export const validateForged = defineCheck({
  ...authenticationCheck,
  id: 'authentication.validate.rejects-forged-token',
  users: 1,
  title: 'Token validation rejects forged tokens',
  why: 'If a forged token is valid, anyone who can edit base64 can use every account.',
  severity: 'blocker',
  needs: [acceptsValidToken],
  remediation: {
    text: 'Verify with {algorithms: [ES256], issuer, audience, typ, requiredClaims} of jose. Ignore keys and algorithms that the token names.',
    effort: 'hours',
  },
  expects: { accepted: empty(), notRejected: empty(), tried: equals(true), genuineStillValid: equals(200) },
  run: async (context) => {
    const { address: from, accessToken } = await context.account();
    const accepted: string[] = [];
    const notRejected: string[] = [];
    const forged = forgeries(accessToken);
    for (const { name, token } of forged) {
      const response = await postAuth(context, 'validate', { token }, { from });
      if (response.status < 300 || valueAt(response.json, 'valid') === true) accepted.push(name);
      else if (response.status !== 401 || textAt(response.json, 'error') === '')
        notRejected.push(`${name}: ${summary(response)}`);
    }
    const control = await postAuth(context, 'validate', { token: accessToken }, { from });
    return { accepted, notRejected, tried: forged.length > 5, genuineStillValid: control.status };
  },
  breaks: tokenBreaks.validateForged,
});

export const meReturnsUser = defineCheck({
  ...authenticationCheck,
  id: returnsUser,
  users: 1,
  title: 'A signed-in user can read their own account',
  why: 'Every page starts with this request. It also proves that gateway and identity service accept the same token.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Send the same token to /auth/me at platform-services directly. If that works, check the verification and the headers in the gateway.',
    effort: 'days',
  },
  expects: { ...expectResponse(200, 'platform-services'), self: equals(true) },
  run: async (context) => {
    const account = await context.account();
    const response = await getMe(context, { from: account.address, token: account.accessToken });
    return {
      ...observeResponse(response, User),
      self:
        textAt(response.json, 'id') === account.userId &&
        textAt(response.json, 'email') === account.email &&
        textAt(response.json, 'tenant_id') === account.tenantId,
    };
  },
  breaks: tokenBreaks.me,
});

export const meWithoutToken = defineCheck({
  ...authenticationCheck,
  id: 'authentication.me.rejects-missing-token',
  title: 'A request without a token is rejected',
  why: 'The assessed gateway returned 500 without the header. The correct response is 401.',
  severity: 'blocker',
  needs: [returnsUser],
  remediation: {
    text: 'Respond with 401 unauthenticated and WWW-Authenticate: Bearer before anything reads the request.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('unauthenticated', 'gateway', 'platform-services'),
    challenge: equals('Bearer'),
  },
  run: async (context) => {
    const response = await getMe(context);
    return {
      ...observeRejection(response),
      challenge: (response.headers['www-authenticate'] ?? '').split(/[ ,]/, 1)[0] ?? '',
    };
  },
  breaks: tokenBreaks.missingToken,
});

export const meMalformedToken = defineCheck({
  ...authenticationCheck,
  id: 'authentication.me.rejects-malformed-token',
  users: 1,
  title: 'A malformed token is rejected in every form',
  why: 'Few tests send odd header values to the parser. Each must lead to 401, never to 500 or success.',
  severity: 'high',
  needs: [returnsUser],
  remediation: {
    text: 'Treat everything except one "Bearer <token>" as a missing token: respond with 401, without an exception.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('unauthenticated', 'gateway', 'platform-services'),
    notRejected: empty(),
    genuine: equals(200),
  },
  run: async (context) => {
    const { address: from, accessToken: token } = await context.account();
    const response = await getMe(context, { from, token: 'garbage' });
    const notRejected: string[] = [];
    for (const [name, authorization] of [
      ['another scheme', `Basic ${token}`],
      ['no scheme', token],
      ['an empty token', 'Bearer '],
      ['two tokens', `Bearer ${token} ${token}`],
      ['dots only', 'Bearer ..'],
      ['10 kB of text', `Bearer ${'a'.repeat(10_000)}`],
    ] as const) {
      const odd = await getMe(context, { from, headers: { authorization } });
      if (odd.status !== 401) notRejected.push(`${name}: ${summary(odd)}`);
    }
    // URLs end up in logs and histories, so a token in the query must not work.
    const path = `/api/auth/me?access_token=${token}&token=${token}`;
    const inQuery = await context.http.request('gateway', path, { from });
    if (inQuery.status !== 401) notRejected.push(`in the query: ${inQuery.status}`);
    const genuine = await getMe(context, { from, token });
    return { ...observeRejection(response), notRejected, genuine: genuine.status };
  },
  breaks: tokenBreaks.malformedToken,
});
