import { defineCheck, empty, equals, matches } from '../../../harness/engine/index.ts';
import { loginWorks, registrationWorks } from '../../authentication/check-fields.ts';
import { login, postAuth } from '../../authentication/requests.ts';
import { expectRejection, observeRejection, summary } from '../../kit/response.ts';
import { furtherSecurity } from '../check-fields.ts';
import { loginLimitBreaks, registrationLimitBreaks } from '../hardening-breaks.ts';

/** Maximum number of sign-ins per address in 15 minutes. */
const loginLimit = 5;
/** Maximum number of registrations per address in an hour. */
const registrationLimit = 3;

export const loginLimited = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.sign-ins-per-address',
  title: 'The gateway limits sign-ins per client address',
  failureTitle: 'The gateway allows too many sign-ins per address',
  standards: ['ASVS 6.3.1', 'ASVS 15.3.4', 'API2', 'API4'],
  why: 'Without a limit, attackers try passwords as fast as the network allows (ASVS 5.0 6.3.1). A limit that trusts X-Forwarded-For has no effect.',
  requires: ['many-source-addresses'],
  needs: [loginWorks],
  remediation: {
    text: 'Count sign-ins per address in Redis before they reach the service. Take the address from the connection, and from X-Forwarded-For only for callers with the internal key.',
    effort: 'days',
  },
  expects: {
    ...expectRejection('rate_limited', 'gateway'),
    allowed: equals(loginLimit),
    retryAfter: matches(/^[1-9]\d*$/),
    remaining: matches(/^\d+$/),
    bypasses: empty(),
    otherAddress: equals(200),
  },
  breaks: loginLimitBreaks,
  run: async (context) => {
    const account = await context.account();
    const from = context.newAddress();
    const body = { email: `${context.unique('nobody')}@readiness.example`, password: 'not the password' };
    let allowed = 0;
    for (let attempt = 0; attempt < loginLimit; attempt += 1) {
      const response = await postAuth(context, 'login', body, { from });
      if (response.status === 401) allowed += 1;
    }
    const limited = await postAuth(context, 'login', body, { from });
    const bypasses: string[] = [];
    for (const [path, headers] of [
      ['/api/auth/login', { 'x-forwarded-for': '203.0.113.7' }],
      ['/api/auth/login', { 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7' }],
      [
        '/api/auth/login',
        { 'true-client-ip': '203.0.113.7', 'x-internal-key': 'guess', 'x-forwarded-for': '203.0.113.8' },
      ],
      ['/api/v1/auth/login', {}],
      ['/api/auth/login/', {}],
      ['/api/auth/login?x=1', {}],
      ['/API/auth/login', {}],
    ] as const) {
      const response = await context.http.request('gateway', path, { method: 'POST', body, from, headers });
      if (response.status === 401 || response.status === 200)
        bypasses.push(`${path} ${JSON.stringify(headers)}: ${summary(response)}`);
    }
    return {
      ...observeRejection(limited),
      allowed,
      retryAfter: limited.headers['retry-after'] ?? '',
      remaining: limited.headers['ratelimit-remaining'] ?? '',
      bypasses,
      otherAddress: (await login(context, account)).status,
    };
  },
});

export const registrationLimited = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.registrations-per-address',
  title: 'The gateway limits registrations per client address',
  failureTitle: 'The gateway allows too many registrations per address',
  standards: ['ASVS 2.4.1', 'API4', 'API6'],
  why: 'Every account costs a tenant, a workspace and an expensive hash. A script that registers all day is an attack (API4, API6).',
  severity: 'high',
  requires: ['many-source-addresses'],
  needs: [registrationWorks],
  remediation: {
    text: 'Count registrations per address in Redis at the gateway (3 per hour) and respond with 429 and Retry-After.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('rate_limited', 'gateway'),
    allowed: equals(registrationLimit),
    retryAfter: matches(/^[1-9]\d*$/),
  },
  breaks: registrationLimitBreaks,
  run: async (context) => {
    const from = context.newAddress();
    const register = () => {
      const email = `${context.unique('many')}@readiness.example`;
      const body = { email, password: 'one of too many accounts', name: 'Many' };
      return postAuth(context, 'register', body, { from });
    };
    let allowed = 0;
    for (let attempt = 0; attempt < registrationLimit; attempt += 1) {
      if ((await register()).status === 201) allowed += 1;
    }
    const limited = await register();
    return { ...observeRejection(limited), allowed, retryAfter: limited.headers['retry-after'] ?? '' };
  },
});
