import { expect, it } from 'vitest';
import { cookieProblems, headerProblems, policyProblems } from './page-policy.ts';

const strict =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

it('accepts a policy that allows the own site only', () => {
  expect(policyProblems({ 'content-security-policy': strict })).toEqual([]);
});

it.each([
  ['no policy at all', undefined, 'no content-security-policy'],
  [
    'scripts written into the page',
    `${strict}; script-src 'self' 'unsafe-inline'`,
    "script-src allows 'unsafe-inline'",
  ],
  ['any source', strict.replace("'none'", '*'), 'script-src allows *'],
  ['every https site', `${strict}; script-src https:`, 'script-src allows https:'],
  [
    'another host',
    `${strict}; style-src-elem x; frame-src https://evil.example`,
    'frame-src allows https://evil.example',
  ],
  ['a missing fallback', strict.replace("default-src 'none'; ", ''), 'has no script-src'],
  ['frames of other sites', strict.replace("; frame-ancestors 'none'", ''), 'has no frame-ancestors'],
  ['forms to other sites', strict.replace("form-action 'self'", 'form-action *'), 'form-action allows *'],
])('reports %s', (_, policy, sentence) => {
  const problems = policyProblems(policy === undefined ? {} : { 'content-security-policy': policy });
  expect(problems.join('\n')).toContain(sentence);
});

it('reports headers that are missing, too weak, or name the software', () => {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'unsafe-url',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=()',
    'cache-control': 'public, max-age=60',
    'x-powered-by': 'Express',
  };
  expect(headerProblems(headers)).toEqual([
    'referrer-policy: unsafe-url',
    'cache-control: public, max-age=60',
    'x-powered-by: Express',
  ]);
});

it.each([
  ['__Host-session=x; Path=/; HttpOnly; Secure; SameSite=Lax', []],
  ['session=x; Path=/; HttpOnly; SameSite=Strict', []],
  ['__Host-session=x; Path=/; Secure; SameSite=Lax', ['__Host-session is readable by scripts']],
  ['__Host-session=x; Path=/; HttpOnly; SameSite=Lax', ['__Host-session is sent without encryption']],
  [
    'session=x; HttpOnly; SameSite=None; Domain=a.example',
    ['session is sent by other sites', 'session is sent to other hosts of the domain'],
  ],
])('judges the cookie %s of an http site', (line, problems) => {
  expect(cookieProblems(line, { secureSite: false })).toEqual(problems);
});
