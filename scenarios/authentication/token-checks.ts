import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { User } from '../../platform/contracts/identity.ts';
import { platformServices } from '../../platform/contracts/platform-services/contract.ts';
import { answerIn, answers, refusalIn, refuses, summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { authCheck, getMe, postAuth, registrationWorks } from './check-fields.ts';
import { forgeries } from './forgeries.ts';

const validates = 'auth.validate.valid-accepted';
const me = 'auth.me.returns-user';

export const validateAccepts = defineCheck({
  ...authCheck,
  id: validates,
  title: 'A fresh access token is valid, with the claims of its user',
  why: 'The assessment could not validate a single token; every protected route rests on this.',
  severity: 'blocker',
  weight: 2,
  needs: [registrationWorks],
  remediation: {
    text: 'Compare kid of the token with /.well-known/jwks.json of platform-services, then issuer, audience and clock of signer and verifier.',
    effort: 'days',
  },
  expects: {
    ...answers(200, 'platform-services'),
    valid: equals(true),
    claimsOfUser: equals(true),
    lifetime: equals('as announced'),
  },
  run: async (context) => {
    const account = await context.account();
    const answer = await postAuth(
      context,
      'validate',
      { token: account.accessToken },
      { from: account.address },
    );
    const claim = (name: string) => valueAt(answer.json, 'claims', name);
    const seconds = Number(claim('exp')) - Number(claim('iat'));
    const refreshed = await postAuth(
      context,
      'refresh',
      { refresh_token: account.refreshToken },
      { from: account.address },
    );
    const announced = Number(valueAt(refreshed.json, 'expires_in'));
    return {
      ...answerIn(answer, platformServices.routes.validate.success.schema),
      valid: valueAt(answer.json, 'valid') === true,
      claimsOfUser:
        claim('sub') === account.userId &&
        claim('user_id') === account.userId &&
        claim('tenant_id') === account.tenantId &&
        claim('email') === account.email &&
        claim('name') === account.name,
      lifetime: seconds === announced ? 'as announced' : `${seconds} s instead of ${announced} s`,
    };
  },
});

export const validateForged = defineCheck({
  ...authCheck,
  id: 'auth.validate.forged-refused',
  title: 'Forged tokens are not valid',
  why: 'A validation that says yes to a forged token hands every account to whoever can edit base64.',
  severity: 'blocker',
  needs: [validates],
  remediation: {
    text: 'Verify with {algorithms: [ES256], issuer, audience, typ, requiredClaims} of jose and nothing of the token’s own choosing.',
    effort: 'hours',
  },
  expects: { accepted: empty(), notRefused: empty(), tried: equals(true), genuineStillValid: equals(200) },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const accepted: string[] = [];
    const notRefused: string[] = [];
    const forged = forgeries(account.accessToken);
    for (const { name, token } of forged) {
      const answer = await postAuth(context, 'validate', { token }, { from });
      if (answer.status < 300 || valueAt(answer.json, 'valid') === true) accepted.push(name);
      else if (answer.status !== 401 || textAt(answer.json, 'error') === '')
        notRefused.push(`${name}: ${summary(answer)}`);
    }
    const control = await postAuth(context, 'validate', { token: account.accessToken }, { from });
    return { accepted, notRefused, tried: forged.length > 5, genuineStillValid: control.status };
  },
});

export const meReturnsUser = defineCheck({
  ...authCheck,
  id: me,
  title: 'Whoever is signed in can ask who they are',
  why: 'Every page starts with this request; it also proves that gateway and identity agree about a token.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Ask /auth/me at platform-services directly with the same token; if that works, look at the gateway’s verification and headers.',
    effort: 'days',
  },
  expects: { ...answers(200, 'platform-services'), self: equals(true) },
  run: async (context) => {
    const account = await context.account();
    const answer = await getMe(context, { from: account.address, token: account.accessToken });
    return {
      ...answerIn(answer, User),
      self:
        textAt(answer.json, 'id') === account.userId &&
        textAt(answer.json, 'email') === account.email &&
        textAt(answer.json, 'tenant_id') === account.tenantId,
    };
  },
});

export const meWithoutToken = defineCheck({
  ...authCheck,
  id: 'auth.me.without-token-refused',
  title: 'Without a token nobody is signed in',
  why: 'The assessed gateway answered 500 when the header was absent; it has to be a plain refusal.',
  severity: 'blocker',
  needs: [me],
  remediation: {
    text: 'Answer 401 unauthenticated with WWW-Authenticate: Bearer before anything reads the request.',
    effort: 'hours',
  },
  expects: { ...refuses('unauthenticated', 'gateway', 'platform-services'), challenge: equals('Bearer') },
  run: async (context) => {
    const answer = await getMe(context);
    return {
      ...refusalIn(answer),
      challenge: (answer.headers['www-authenticate'] ?? '').split(/[ ,]/, 1)[0] ?? '',
    };
  },
});

export const meGarbageToken = defineCheck({
  ...authCheck,
  id: 'auth.me.garbage-token-refused',
  title: 'Garbage in place of a token is refused, in every form',
  why: 'Odd header values reach parsers that few tests exercise; each has to end in 401, never in 500 or in success.',
  severity: 'high',
  needs: [me],
  remediation: {
    text: 'Treat whatever is not exactly one "Bearer <token>" as no token: 401, without an exception.',
    effort: 'hours',
  },
  expects: {
    ...refuses('unauthenticated', 'gateway', 'platform-services'),
    others: empty(),
    genuine: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = account.address;
    const answer = await getMe(context, { from, token: 'garbage' });
    const others: string[] = [];
    for (const [name, authorization] of [
      ['another scheme', `Basic ${account.accessToken}`],
      ['no scheme', account.accessToken],
      ['an empty token', 'Bearer '],
      ['two tokens', `Bearer ${account.accessToken} ${account.accessToken}`],
      ['dots only', 'Bearer ..'],
      ['10 kB of text', `Bearer ${'a'.repeat(10_000)}`],
    ] as const) {
      const odd = await getMe(context, { from, headers: { authorization } });
      if (odd.status !== 401) others.push(`${name}: ${summary(odd)}`);
    }
    // A token in the address ends up in logs and histories.
    const inQuery = await context.http.request(
      'gateway',
      `/api/auth/me?access_token=${account.accessToken}&token=${account.accessToken}`,
      { from },
    );
    if (inQuery.status !== 401) others.push(`in the query: ${inQuery.status}`);
    const genuine = await getMe(context, { from, token: account.accessToken });
    return { ...refusalIn(answer), others, genuine: genuine.status };
  },
});
