import { atLeast, defineCheck, type Exchange, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { summary } from '../../kit/response.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { headerBreaks, originBreaks } from './header-breaks.ts';
import { rawExchange } from './raw-exchange.ts';

type Headers = Readonly<Record<string, string>>;

/** At least a year, in seconds. */
const longEnough =
  /max-age=(?:3153[6-9]\d{3}|315[4-9]\d{4}|31[6-9]\d{5}|3[2-9]\d{6}|[4-9]\d{7}|\d{9,})(?:\D|$)/;

/** Of every response, with what its value must be (ASVS 3.4). */
const everywhere: Readonly<Record<string, (value: string) => boolean>> = {
  'strict-transport-security': (value) => longEnough.test(value),
  'x-content-type-options': (value) => value === 'nosniff',
  'referrer-policy': (value) => /^(no-referrer|same-origin|strict-origin)/.test(value),
  'content-security-policy': (value) =>
    /object-src 'none'|default-src 'none'/.test(value) &&
    /base-uri 'none'/.test(value) &&
    /frame-ancestors 'none'/.test(value),
};
/** Of pages, in addition. */
const ofPages: typeof everywhere = {
  'cross-origin-opener-policy': (value) => value === 'same-origin',
  'content-security-policy': (value) =>
    /default-src|script-src/.test(value) && !/script-src[^;]*'unsafe-(?:inline|eval)'/.test(value),
};
/** Of responses with data of a user, in addition. */
const ofPrivateData: typeof everywhere = {
  'cache-control': (value) => /no-store/.test(value),
};
const revealing = ['x-powered-by', 'server', 'x-aspnet-version', 'via', 'x-runtime'];

const missing = (name: string, headers: Headers, rules: typeof everywhere): string[] =>
  Object.entries(rules)
    .filter(([header, isRight]) => !isRight(headers[header] ?? ''))
    .map(([header]) => `${name}: ${header} is "${headers[header] ?? ''}"`);

export const headersEverywhere = defineCheck({
  ...furtherSecurity,
  id: 'security.headers.on-every-kind-of-response',
  title: 'Every kind of response has its security headers',
  failureTitle: 'Some kinds of responses lack security headers',
  why: 'Headers are usually set where responses usually come from. Errors, redirects and downloads come from elsewhere, and browsers obey what is missing there too (ASVS 3.4, API8).',
  standards: [
    'ASVS 3.4.1',
    'ASVS 3.4.3',
    'ASVS 3.4.4',
    'ASVS 3.4.5',
    'ASVS 3.4.6',
    'ASVS 3.4.8',
    'ASVS 13.4.6',
    'ASVS 14.3.2',
    'API8',
  ],
  needs: [registrationWorks, readyCheckId('frontend'), 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service', 'frontend'],
  remediation: {
    text: 'Set the headers in one function that every response passes, also those of the parser, the router and of proxied responses. platform/kit/http/security-headers.ts has them.',
    effort: 'hours',
  },
  expects: {
    missing: empty(),
    revealing: empty(),
    wrongKinds: empty(),
    kinds: atLeast(14, 'kinds of responses'),
  },
  breaks: headerBreaks,
  run: async (context) => {
    const { http, stack, signal } = context;
    const account = await context.account();
    const at = { token: account.accessToken, from: account.address };
    const upload = await http.request('gateway', '/api/files/upload', {
      ...at,
      method: 'POST',
      ...binaryForm('headers.txt', Buffer.from('text')),
    });
    const file = `/api/files/${textAt(upload.json, 'id')}`;
    const gateway = (path: string, more: Parameters<typeof http.request>[2] = {}) =>
      http.request('gateway', path, { ...at, ...more });
    const page = (path: string, more: Parameters<typeof http.request>[2] = {}) =>
      http.request('frontend', path, { headers: { accept: 'text/html' }, ...more });
    /** With the status that shows that it is of its kind. */
    const kinds: readonly (readonly [
      name: string,
      status: number,
      kind: 'page' | 'private' | 'other',
      exchange: Exchange,
    ])[] = [
      ['JSON', 200, 'private', await gateway('/api/users/me')],
      ['created', 201, 'private', upload],
      ['a download', 200, 'private', await gateway(`${file}/download`)],
      [
        'a part of a download',
        206,
        'private',
        await gateway(`${file}/download`, { headers: { range: 'bytes=0-1' } }),
      ],
      [
        'an unsatisfiable range',
        416,
        'other',
        await gateway(`${file}/download`, { headers: { range: 'bytes=9-' } }),
      ],
      [
        'not authenticated',
        401,
        'other',
        await gateway('/api/users/me', { headers: { authorization: 'Bearer x' } }),
      ],
      ['not found', 404, 'other', await gateway('/api/nothing-here')],
      ['a missing object', 404, 'other', await gateway('/api/files/00000000-0000-4000-8000-000000000000')],
      ['a wrong method', 405, 'other', await gateway('/api/users/me', { method: 'DELETE' })],
      ['invalid', 422, 'other', await gateway('/api/users?page=0')],
      ['malformed', 400, 'other', await gateway('/api//users')],
      ['an invalid encoding', 400, 'other', await gateway('/%E0%A4%A')],
      ['no content', 204, 'other', await gateway(file, { method: 'DELETE' })],
      ['an Airtable error', 404, 'other', await gateway('/api/airtable/v0/appAAAAAAAAAAAAAA/T')],
      ['the description', 200, 'other', await gateway('/api/openapi.json', { maxBodyBytes: 100 })],
      ['a page', 200, 'page', await page('/auth/login')],
      ['a missing page', 404, 'page', await page('/nothing-here')],
      ['a redirect', 303, 'other', await page('/dashboard')],
    ];
    // The parser rejects this before any handler runs.
    const parser = await rawExchange(stack.services.gateway, 'NO HTTP\r\n\r\n', { signal });
    const isOfKind = (status: number, response: Exchange) =>
      status === 303 ? response.status >= 300 && response.status < 400 : response.status === status;
    return {
      missing: [
        ...kinds.flatMap(([name, , kind, { headers }]) => [
          ...missing(name, headers, everywhere),
          ...(kind === 'page' ? missing(name, headers, ofPages) : []),
          ...(kind === 'private' ? missing(name, headers, ofPrivateData) : []),
        ]),
        ...(/x-content-type-options: nosniff/i.test(parser.text)
          ? []
          : ['no HTTP: x-content-type-options is missing']),
      ],
      revealing: kinds.flatMap(([name, , , { headers }]) =>
        revealing
          .filter((header) => header in headers)
          .map((header) => `${name}: ${header}: ${headers[header]}`),
      ),
      wrongKinds: kinds
        .filter(([, status, , response]) => !isOfKind(status, response))
        .map(([name, status, , response]) => `${name} (${status}): ${summary(response)}`),
      kinds: kinds.length,
    };
  },
});

const strangers = [
  'https://evil.example',
  'null',
  'http://localhost.evil.example',
  'https://127.0.0.1.evil.example',
  'http://evil.example#',
];

export const originsRejected = defineCheck({
  ...furtherSecurity,
  id: 'security.headers.foreign-origins-rejected',
  title: 'Pages of other origins read nothing, TRACE is off',
  failureTitle: 'A page of another origin may read responses',
  why: 'A reflected origin lets every site act as the visitor. TRACE repeats headers that scripts must not see (ASVS 3.4.2, 13.4.4).',
  standards: ['ASVS 3.4.2', 'ASVS 3.5.1', 'ASVS 13.4.4', 'ASVS 4.1.4', 'API8'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Compare the origin with the exact list of CORS_ORIGINS, never with a part of it, never allow credentials, and reject methods that no route declares.',
    effort: 'hours',
  },
  expects: {
    allowed: empty(),
    withCredentials: empty(),
    methodsServed: empty(),
    overridden: empty(),
    control: equals(200),
    tried: atLeast(strangers.length * 3, 'requests'),
  },
  breaks: originBreaks,
  run: async (context) => {
    const { http, stack, signal } = context;
    const account = await context.account();
    const at = { token: account.accessToken, from: account.address };
    const gateway = new URL(stack.services.gateway);
    const origins = [...strangers, `${gateway.origin}.evil.example`, `http://evil-${gateway.host}`];
    const allowed: string[] = [];
    const withCredentials: string[] = [];
    let tried = 0;
    for (const origin of origins) {
      const requests = [
        await http.request('gateway', '/api/users/me', { ...at, headers: { origin } }),
        await http.request('gateway', '/api/nothing-here', { ...at, headers: { origin } }),
        await http.request('gateway', '/api/users/me', {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'PUT',
            'access-control-request-headers': 'authorization',
          },
        }),
      ];
      for (const { headers, method } of requests) {
        tried += 1;
        const value = headers['access-control-allow-origin'];
        if (value !== undefined) allowed.push(`${method} from ${origin}: ${value}`);
        if ('access-control-allow-credentials' in headers) withCredentials.push(`${method} from ${origin}`);
      }
    }
    const bearer = `authorization: Bearer ${account.accessToken}`;
    const methodsServed: string[] = [];
    for (const method of ['TRACE', 'TRACK', 'CONNECT', 'PROPFIND', 'DEBUG', 'get', 'FOO']) {
      const { statuses, text } = await rawExchange(
        stack.services.gateway,
        `${method} /api/users/me HTTP/1.1\r\nhost: gateway\r\n${bearer}\r\nconnection: close\r\n\r\n`,
        { signal, silenceMs: 200 },
      );
      const status = statuses[0] ?? 400;
      if (status < 400 || status >= 502 || text.includes(account.accessToken))
        methodsServed.push(`${method}: ${status}`);
    }
    const overridden: string[] = [];
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const response = await http.request('gateway', '/api/users/me', {
        ...at,
        method: 'GET',
        headers: { [header]: 'DELETE' },
      });
      if (response.status !== 200) overridden.push(`${header}: ${summary(response)}`);
    }
    const control = await http.request('gateway', '/api/users/me', at);
    return { allowed, withCredentials, methodsServed, overridden, control: control.status, tried };
  },
});
