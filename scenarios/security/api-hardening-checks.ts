import { atLeast, defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { Problem } from '../../platform/contracts/problem.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { checklistItem } from './check-fields.ts';
import { apiBreaks } from './hardening-breaks.ts';

/** Headers that every response needs, with their value (ASVS 5.0 3.4). */
const requiredHeaders: readonly (readonly [string, RegExp])[] = [
  ['x-content-type-options', /^nosniff$/],
  ['content-security-policy', /frame-ancestors/],
  ['referrer-policy', /no-referrer|strict-origin|same-origin/],
  ['strict-transport-security', /max-age=(?:3153600\d|[4-9]\d{7}|\d{9,})/],
  ['cache-control', /no-store|private/],
];
/** Internals that no response may contain. */
const leaks =
  /\bat \S+ \(|node_modules|\/platform\/|\.ts:\d+|select .* from |pg_catalog|SQLSTATE|ECONNREFUSED|stack"/i;

/** Strings that inject code into unescaped queries and pages. */
const injections = [
  "' OR '1'='1",
  '"; drop table users; --',
  "') or 1=1--",
  '%',
  '_',
  '\\',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '\u0000',
  '😀'.repeat(40),
];

/** Requests that violate the contract at one position each. */
const badRequests: readonly (readonly [string, string, unknown])[] = [
  ['PUT', '/api/users/me', { display_name: 7 }],
  ['PUT', '/api/users/me', { display_name: '' }],
  ['PUT', '/api/users/me', { display_name: 'x'.repeat(201) }],
  ['PUT', '/api/users/me', { avatar_url: 'file:///etc/passwd' }],
  ['PUT', '/api/users/me', { preferences: [] }],
  ['PUT', '/api/users/me', { tenant_id: '00000000-0000-4000-8000-000000000000' }],
  ['GET', '/api/users?page=-1', undefined],
  ['GET', '/api/users?page_size=1000000000', undefined],
  ['GET', '/api/users?page=1e99', undefined],
  ['GET', '/api/users/not-a-uuid', undefined],
  ['POST', '/api/auth/login', { email: ['a@b.example'], password: { $gt: '' } }],
  ['POST', '/api/auth/register', { email: 'not an address', password: 'long enough password' }],
];

export const apiSecurity = defineCheck({
  ...checklistItem,
  id: 'security.api-security',
  title: 'The API rejects bad input and reveals no internals',
  why: 'The assessment could not validate any endpoint. Bad input must lead to a 4xx with the field’s path, and the service must stay ready (API Top 10: API3, API4, API8).',
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Validate with the contract’s schema, set body limits, set the security headers in one function, and turn every exception into the error envelope without its message.',
    effort: 'days',
  },
  expects: {
    missingHeaders: empty(),
    implementationHeaders: empty(),
    badInputAccepted: empty(),
    serverErrors: empty(),
    leaks: empty(),
    withoutFieldPath: empty(),
    tooLarge: equals(413),
    acceptedExtraFields: empty(),
    excessFields: empty(),
    responses: atLeast(badRequests.length + injections.length + 6, 'responses'),
    readyAfterwards: equals([200, 200, 200]),
  },
  breaks: apiBreaks,
  run: async ({ account, http, unique, newAddress }) => {
    const user = await account();
    const other = await account();
    const at = { token: user.accessToken, from: user.address };
    const seen: Awaited<ReturnType<typeof http.request>>[] = [];
    const send = async (method: string, path: string, more: Parameters<typeof http.request>[2] = {}) => {
      const response = await http.request('gateway', path, { method, ...at, ...more });
      seen.push(response);
      return response;
    };

    const valid = await send('GET', '/api/users/me');
    const notFound = await send('GET', '/api/nothing-here');
    const unauthenticated = await send('GET', '/api/users/me', { headers: { authorization: 'Bearer x' } });

    const badInputAccepted: string[] = [];
    const withoutFieldPath: string[] = [];
    for (const [method, path, body] of badRequests) {
      const response = await send(method, path, {
        ...(body === undefined ? {} : { body }),
        from: newAddress(),
      });
      if (response.status !== 422) badInputAccepted.push(`${method} ${path}: ${summary(response)}`);
      else if (!Array.isArray(valueAt(response.json, 'details', 0, 'loc')))
        withoutFieldPath.push(`${method} ${path}`);
    }
    for (const text of injections) {
      const response = await send('GET', `/api/users?search=${encodeURIComponent(text)}`);
      // An empty result and a rejection are both correct. A match means that the injection worked.
      const found = valueAt(response.json, 'total');
      if (response.status === 200 && found !== 0 && text.length > 1)
        badInputAccepted.push(`search ${text}: finds ${found}`);
    }
    const deep = await send('PUT', '/api/users/me', {
      body: `{"preferences":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      headers: { 'content-type': 'application/json' },
    });
    if (deep.status < 400) badInputAccepted.push(`20,000 levels: ${deep.status}`);
    const large = await send('PUT', '/api/users/me', {
      body: JSON.stringify({ bio: 'x'.repeat(10_000_000) }),
      headers: { 'content-type': 'application/json' },
    }).catch((error: unknown) => ({ status: 0, error }));
    const registered = await send('POST', '/api/auth/register', {
      from: newAddress(),
      body: {
        email: `${unique('mass')}@readiness.example`,
        password: 'mass assignment is no feature',
        name: 'Mass',
        role: 'admin',
        tenant_id: other.tenantId,
        is_active: false,
        id: other.userId,
        created_at: '2000-01-01T00:00:00Z',
      },
    });
    const stored = valueAt(registered.json, 'user') as Record<string, unknown> | undefined;

    const ready = await Promise.all(
      (['gateway', 'platform-services', 'user-service'] as const).map((service) =>
        http.request(service, '/ready'),
      ),
    );
    return {
      missingHeaders: [valid, notFound, unauthenticated].flatMap(({ headers, url }) =>
        requiredHeaders
          .filter(([name, pattern]) => !pattern.test(headers[name] ?? ''))
          .map(([name]) => `${new URL(url).pathname}: ${name} is "${headers[name] ?? ''}"`),
      ),
      implementationHeaders: [
        ...new Set(
          seen.flatMap(({ headers }) =>
            ['x-powered-by', 'server', 'x-aspnet-version'].filter((name) => name in headers),
          ),
        ),
      ],
      badInputAccepted,
      serverErrors: seen.filter(({ status }) => status >= 500).map(summary),
      leaks: seen
        .filter(
          ({ status, text, json }) => status >= 400 && (leaks.test(text) || !Problem.safeParse(json).success),
        )
        .map(summary),
      withoutFieldPath,
      tooLarge: large.status,
      acceptedExtraFields: [
        ...(stored?.role === 'user' ? [] : ['role']),
        ...(stored?.tenant_id !== other.tenantId ? [] : ['tenant_id']),
        ...(stored?.id !== other.userId ? [] : ['id']),
        ...(stored?.is_active === true ? [] : ['is_active']),
        ...(textAt(registered.json, 'user', 'created_at').startsWith('2000') ? ['created_at'] : []),
      ],
      excessFields: [valid, registered].flatMap(({ text }) =>
        (text.match(/"(?:password\w*|\w*hash|salt|secret\w*|internal\w*)"/g) ?? []).map(String),
      ),
      responses: seen.length,
      readyAfterwards: ready.map(({ status }) => status),
    };
  },
});
