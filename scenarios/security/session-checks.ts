import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { changePasswordWorks } from '../authentication/check-fields.ts';
import { summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { checklistItem } from './check-fields.ts';
import { sessionBreaks } from './session-breaks.ts';

interface Cookie {
  name: string;
  value: string;
  /** In lower case. */
  attributes: readonly string[];
}

function readCookies(header: string | undefined): Cookie[] {
  return (header ?? '').split('\n').flatMap((line) => {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const separator = pair.indexOf('=');
    if (separator < 1) return [];
    return [
      {
        name: pair.slice(0, separator),
        value: pair.slice(separator + 1),
        attributes: attributes.map((attribute) => attribute.toLowerCase()),
      },
    ];
  });
}

/** Violations of ASVS 5.0 3.3.1 to 3.3.4, one sentence each. */
function problemsOf({ name, attributes }: Cookie): string[] {
  const has = (attribute: string): boolean => attributes.includes(attribute);
  return [
    ...(has('httponly') ? [] : ['is not HttpOnly']),
    ...(has('secure') ? [] : ['is not Secure']),
    ...(has('samesite=strict') || has('samesite=lax') ? [] : ['has no SameSite']),
    ...(name.startsWith('__Host-') && has('path=/') ? [] : ['has no __Host- prefix with Path=/']),
    ...(attributes.some((attribute) => attribute.startsWith('domain=')) ? ['has a Domain'] : []),
  ].map((problem) => `${name} ${problem}`);
}

export const sessionSecurity = defineCheck({
  ...checklistItem,
  id: 'security.session-security',
  title: 'Session cookies resist theft, fixation and reuse',
  why: 'The assessment found no session management. An open session gives the same access as a password (ASVS 5.0 3.3, 3.5, 7.2, 7.4).',
  needs: [
    readyCheckId('frontend'),
    'authentication.refresh.reuse-revokes-family',
    'authentication.logout.ends-session',
    changePasswordWorks,
  ],
  services: ['frontend', 'gateway', 'platform-services'],
  remediation: {
    text: 'Set session cookies as __Host- with HttpOnly, Secure, SameSite and Path=/, create new ones at every sign-in, reject state changes whose Origin is another site, and revoke sessions at sign-out.',
    effort: 'days',
  },
  expects: {
    cookieProblems: empty(),
    cookies: matches(/^[1-9]/),
    tokensInBody: equals(false),
    fixedSessionIgnored: equals(true),
    secondSignInNew: equals(true),
    worksBefore: equals(200),
    foreignOrigin: equals([403, 403, 403]),
    afterSignOut: equals([401, 303]),
    cookiesCleared: equals(true),
  },
  run: async ({ account, http, stack }) => {
    const user = await account();
    const { origin } = new URL(stack.services.frontend);
    const from = user.address;
    const credentials = { email: user.email, password: user.password };
    const signIn = (headers: Record<string, string>) =>
      http.request('frontend', '/api/auth/login', { method: 'POST', body: credentials, from, headers });

    const planted = '__Host-session=planted; session=planted; __Host-access=planted';
    const response = await signIn({ origin, cookie: planted });
    const cookies = readCookies(response.headers['set-cookie']);
    const again = readCookies((await signIn({ origin })).headers['set-cookie']);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

    const before = await http.request('frontend', '/api/auth/profile', { from, headers: { cookie } });
    const evil = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    const foreign = [
      await http.request('frontend', '/api/auth/logout', {
        method: 'POST',
        from,
        headers: { cookie, ...evil },
      }),
      await http.request('frontend', '/auth/logout', {
        method: 'POST',
        from,
        body: '',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...evil },
      }),
      await http.request('frontend', '/api/auth/login', {
        method: 'POST',
        from,
        body: JSON.stringify(credentials),
        headers: { 'content-type': 'application/json', ...evil },
      }),
    ];
    const signOut = await http.request('frontend', '/api/auth/logout', {
      method: 'POST',
      from,
      headers: { cookie, origin },
    });
    const replayed = [
      await http.request('frontend', '/api/auth/profile', { from, headers: { cookie } }),
      await http.request('frontend', '/dashboard', { from, headers: { cookie } }),
    ];
    const cleared = readCookies(signOut.headers['set-cookie']);
    return {
      cookieProblems:
        cookies.length === 0 ? [`no cookie was set: ${summary(response)}`] : cookies.flatMap(problemsOf),
      cookies: String(cookies.length),
      tokensInBody: textAt(response.json, 'access_token') !== '' || /eyJ[\w-]+\.[\w-]+\./.test(response.text),
      fixedSessionIgnored: cookies.every(({ value }) => value !== 'planted' && value.length >= 22),
      secondSignInNew:
        again.length > 0 &&
        again.every(({ name, value }) =>
          cookies.every((first) => first.name !== name || first.value !== value),
        ),
      worksBefore: textAt(before.json, 'user', 'email') === user.email ? before.status : `${summary(before)}`,
      foreignOrigin: foreign.map(({ status }) => status),
      afterSignOut: replayed.map(({ status }) => (status >= 301 && status <= 307 ? 303 : status)),
      cookiesCleared: cookies.every(({ name }) =>
        cleared.some(
          (one) => one.name === name && (one.value === '' || one.attributes.includes('max-age=0')),
        ),
      ),
    };
  },
  breaks: sessionBreaks,
});
