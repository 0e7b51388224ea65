import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { loginWorks, postAuth, registrationWorks } from '../authentication/check-fields.ts';
import { refusalIn, refuses, summary } from '../kit/response.ts';
import { furtherSecurity } from './check-fields.ts';

/** Sign-ins per address in 15 minutes, and registrations per address in an hour. */
const loginLimit = 5;
const registerLimit = 3;

export const loginLimited = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.sign-ins-per-address',
  title: 'The sixth sign-in from one address is refused, and no header gets around it',
  why: 'Without a limit, passwords can be tried as fast as the network allows (ASVS 5.0 6.3.1); a limit that believes X-Forwarded-For is none.',
  requires: ['many-source-addresses'],
  needs: [loginWorks],
  remediation: {
    text: 'Count sign-ins per address in Redis before they reach the service; take the address from the connection, and from X-Forwarded-For only for callers with the internal key.',
    effort: 'days',
  },
  expects: {
    ...refuses('rate_limited', 'gateway'),
    allowed: equals(loginLimit),
    retryAfter: matches(/^[1-9]\d*$/),
    standing: matches(/^\d+$/),
    gotAround: empty(),
    elsewhere: equals(200),
  },
  run: async (context) => {
    const account = await context.account();
    const from = context.newAddress();
    const body = { email: `${context.unique('nobody')}@readiness.example`, password: 'not the password' };
    let allowed = 0;
    for (let attempt = 0; attempt < loginLimit; attempt += 1) {
      const answer = await postAuth(context, 'login', body, { from });
      if (answer.status === 401) allowed += 1;
    }
    const limited = await postAuth(context, 'login', body, { from });
    const gotAround: string[] = [];
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
      const answer = await context.http.request('gateway', path, { method: 'POST', body, from, headers });
      if (answer.status === 401 || answer.status === 200)
        gotAround.push(`${path} ${JSON.stringify(headers)}: ${summary(answer)}`);
    }
    const elsewhere = await postAuth(
      context,
      'login',
      { email: account.email, password: account.password },
      { from: account.address },
    );
    return {
      ...refusalIn(limited),
      allowed,
      retryAfter: limited.headers['retry-after'] ?? '',
      standing: limited.headers['ratelimit-remaining'] ?? '',
      gotAround,
      elsewhere: elsewhere.status,
    };
  },
});

export const registrationLimited = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.registrations-per-address',
  title: 'The fourth registration from one address within an hour is refused',
  why: 'Every account costs a tenant, a workspace and an expensive hash: a script that registers all day is an attack (API4, API6).',
  severity: 'medium',
  requires: ['many-source-addresses'],
  needs: [registrationWorks],
  remediation: {
    text: 'Count registrations per address in Redis at the gateway (3 per hour) and answer 429 with Retry-After.',
    effort: 'hours',
  },
  expects: {
    ...refuses('rate_limited', 'gateway'),
    allowed: equals(registerLimit),
    retryAfter: matches(/^[1-9]\d*$/),
  },
  run: async (context) => {
    const from = context.newAddress();
    const register = () =>
      postAuth(
        context,
        'register',
        {
          email: `${context.unique('many')}@readiness.example`,
          password: 'one of too many accounts',
          name: 'Many',
        },
        { from },
      );
    let allowed = 0;
    for (let attempt = 0; attempt < registerLimit; attempt += 1) {
      if ((await register()).status === 201) allowed += 1;
    }
    const limited = await register();
    return { ...refusalIn(limited), allowed, retryAfter: limited.headers['retry-after'] ?? '' };
  },
});
