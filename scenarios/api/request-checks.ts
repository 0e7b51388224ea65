import { randomBytes } from 'node:crypto';
import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { problems } from '../../platform/contracts/problem.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { refusalIn, refuses, servedBy, summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { apiCheck } from './check-fields.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const requestId = defineCheck({
  ...apiCheck,
  id: 'api.requests.request-id-on-every-answer',
  title: 'Every answer has a request id of the gateway’s making',
  why: 'Support finds a failing request in the logs by this id; one that clients choose could be used twice, or to forge log lines.',
  severity: 'medium',
  needs: [registrationWorks],
  remediation: {
    text: 'Make a UUID per request at the gateway, ignore the client’s, hand it to the services, and put it into header and error envelope.',
    effort: 'hours',
  },
  expects: {
    id: matches(uuid),
    different: equals(true),
    clientsOwn: equals(false),
    inEnvelope: equals(true),
    fromService: matches(uuid),
  },
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const own = 'chosen-by-the-client-1';
    const first = await http.request('gateway', '/api/auth/me', {
      token,
      from,
      headers: { 'x-request-id': own },
    });
    const second = await http.request('gateway', '/api/auth/me', { token, from });
    const refused = await http.request('gateway', '/api/nothing-here', { token, from });
    const byService = await http.request('gateway', '/api/auth/login', { method: 'POST', body: {}, from });
    const id = (headers: Readonly<Record<string, string>>) => headers['x-request-id'] ?? '';
    return {
      id: id(first.headers),
      different: id(first.headers) !== id(second.headers),
      clientsOwn: [first, second].some(({ headers }) => id(headers) === own),
      inEnvelope: [refused, byService].every(
        ({ json, headers }) => textAt(json, 'request_id') === id(headers) && id(headers) !== '',
      ),
      fromService: textAt(byService.json, 'request_id'),
    };
  },
});

export const traceContext = defineCheck({
  ...apiCheck,
  id: 'api.requests.trace-context-kept',
  title: 'A W3C trace goes through, and a broken one is replaced',
  why: 'Two traceparent headers, which a stock proxy produces, cut every trace at the gateway.',
  severity: 'medium',
  needs: [registrationWorks],
  remediation: {
    text: 'Read traceparent once, start a new trace when it is invalid or there are several, and write exactly one to the next hop.',
    effort: 'hours',
  },
  expects: { kept: equals(true), replaced: empty(), keptByServices: equals(true) },
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const trace = randomBytes(16).toString('hex');
    const span = randomBytes(8).toString('hex');
    const traced = `00-${trace}-${span}-01`;
    const ask = (traceparent: string | string[], service: 'gateway' | 'platform-services' = 'gateway') =>
      http.request(service, service === 'gateway' ? '/api/auth/me' : '/auth/me', {
        token,
        from,
        headers: { traceparent },
      });
    const whole = await ask(traced);
    const atService = await ask(traced, 'platform-services');
    const replaced: string[] = [];
    for (const [name, broken] of [
      ['zeros', `00-${'0'.repeat(32)}-${span}-01`],
      ['too short', `00-${trace.slice(2)}-${span}-01`],
      ['text', 'not a trace'],
      ['version ff', `ff-${trace}-${span}-01`],
      ['two headers', [traced, `00-${randomBytes(16).toString('hex')}-${span}-01`]],
    ] as [string, string | string[]][]) {
      const answer = await ask(broken);
      const id = answer.headers['x-trace-id'] ?? '';
      if (
        answer.status !== 200 ||
        !/^(?!0{32})[0-9a-f]{32}$/.test(id) ||
        (id === trace && name !== 'two headers')
      ) {
        replaced.push(`${name}: ${answer.status} with trace "${id}"`);
      }
    }
    return {
      kept: whole.headers['x-trace-id'] === trace,
      keptByServices: atService.headers['x-trace-id'] === trace,
      replaced,
    };
  },
});

export const corsPreflight = defineCheck({
  ...apiCheck,
  id: 'api.requests.cors-for-the-frontend-only',
  title: 'Pages of the frontend’s origin may call the API, pages of others may not',
  why: 'A missing origin left the assessed sign-in form without effect; an origin too many lets any page act for its visitors.',
  severity: 'high',
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  remediation: {
    text: 'Put the frontend’s exact origin into CORS_ORIGINS of the gateway; compare origins as a whole, never by prefix or suffix, and allow no credentials.',
    effort: 'hours',
  },
  expects: {
    status: equals(204),
    allowedOrigin: equals(true),
    methods: matches(/\bPOST\b/),
    headers: matches(/authorization.*content-type|content-type.*authorization/),
    onAnswers: equals(true),
    othersAllowed: empty(),
  },
  run: async ({ http, stack }) => {
    const { origin } = new URL(stack.services.frontend);
    const preflight = (from: string) =>
      http.request('gateway', '/api/auth/login', {
        method: 'OPTIONS',
        headers: {
          origin: from,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
        },
      });
    const answer = await preflight(origin);
    const actual = await http.request('gateway', '/api/health', { headers: { origin } });
    const othersAllowed: string[] = [];
    for (const other of [
      'http://evil.example',
      `${origin}.evil.example`,
      `${origin}0`,
      'null',
      origin.replace('http:', 'https:'),
    ]) {
      for (const { headers } of [
        await preflight(other),
        await http.request('gateway', '/api/health', { headers: { origin: other } }),
      ]) {
        const allowed = headers['access-control-allow-origin'];
        if (allowed !== undefined) othersAllowed.push(`${other}: ${allowed}`);
      }
    }
    return {
      status: answer.status,
      allowedOrigin: answer.headers['access-control-allow-origin'] === origin,
      methods: answer.headers['access-control-allow-methods'] ?? '',
      headers: (answer.headers['access-control-allow-headers'] ?? '').toLowerCase(),
      onAnswers: actual.headers['access-control-allow-origin'] === origin,
      othersAllowed,
    };
  },
});

export const malformedJson = defineCheck({
  ...apiCheck,
  id: 'api.requests.malformed-json-refused',
  title: 'A body that is no JSON is refused with 400, by every service alike',
  why: 'A parser’s exception that becomes a 500 looks like an outage and fills the alerts.',
  severity: 'medium',
  conditions: ['gateway-routing'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Turn errors of the body parser into 400 malformed_request in the error envelope, before the handler runs.',
    effort: 'hours',
  },
  expects: {
    ...refuses('malformed_request', 'platform-services', 'gateway'),
    otherwise: empty(),
    stillWorks: equals(200),
  },
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const send = (method: string, path: string, body: string, type = 'application/json') =>
      http.request('gateway', path, { method, body, token, from, headers: { 'content-type': type } });
    const answer = await send('POST', '/api/auth/login', '{"email": "a@b.example", ');
    const otherwise: string[] = [];
    for (const body of ['{', '[1,2', '"', 'undefined', "{'email': 1}", `${'['.repeat(5_000)}`]) {
      const other = await send('PUT', '/api/users/me', body);
      if (other.status !== problems.malformed_request.status || servedBy(other) !== 'user-service') {
        otherwise.push(`${body.slice(0, 12)}: ${summary(other)}`);
      }
    }
    const text = await send('PUT', '/api/users/me', 'display_name=x', 'text/plain');
    if (text.status !== problems.unsupported_media_type.status)
      otherwise.push(`text/plain: ${summary(text)}`);
    const control = await send('PUT', '/api/users/me', '{"display_name": "Still works"}');
    if (valueAt(control.json, 'display_name') !== 'Still works')
      otherwise.push(`a right body: ${summary(control)}`);
    return { ...refusalIn(answer), otherwise, stillWorks: control.status };
  },
});

export const ambiguousPaths = defineCheck({
  ...apiCheck,
  id: 'api.requests.ambiguous-paths-refused',
  title: 'Paths that can be read in two ways are refused',
  why: 'Dots, double slashes and encoded slashes are how guards at the gateway are walked around.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Refuse such paths with 400 before routing; never tidy them up, since the service may tidy differently.',
    effort: 'hours',
  },
  expects: { accepted: empty(), control: equals(200) },
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const accepted: string[] = [];
    for (const path of [
      '/api/auth/../auth/me',
      '/api/users/../auth/me',
      '/api/auth/%2e%2e/auth/me',
      '/api/auth/..%2fauth/me',
      '/api//auth/me',
      '/api/auth//me',
      '/api/auth\\me',
      '/api/auth/./me',
      '/api/auth/me%00',
      '/api/auth/me/..;/me',
    ]) {
      const answer = await http.request('gateway', path, { token, from });
      if (answer.status !== 400 && answer.status !== 404) accepted.push(`${path}: ${summary(answer)}`);
    }
    const control = await http.request('gateway', '/api/auth/me', { token, from });
    return { accepted, control: control.status };
  },
});
