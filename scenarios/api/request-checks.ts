import { randomBytes } from 'node:crypto';
import { defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { problems } from '../../platform/contracts/problem.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { getMe } from '../authentication/requests.ts';
import { expectRejection, observeRejection, servedBy, summary } from '../kit/response.ts';
import { textAt, valueAt } from '../kit/shape.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { apiCheck } from './check-fields.ts';
import {
  ambiguousPathsBreaks,
  corsBreaks,
  malformedJsonBreaks,
  requestIdBreaks,
  traceContextBreaks,
} from './request-breaks.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const requestId = defineCheck({
  ...apiCheck,
  id: 'api.requests.request-id-on-every-response',
  users: 1,
  title: 'Every response has a request id from the gateway',
  why: 'Support uses this id to find a failed request in the logs. An id chosen by the client could be used twice, or to forge log lines.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Create a UUID per request at the gateway, ignore the client’s, forward it to the services, and put it into header and error envelope.',
    effort: 'hours',
  },
  expects: {
    id: matches(uuid),
    different: equals(true),
    clientIdUsed: equals(false),
    inEnvelope: equals(true),
    fromService: matches(uuid),
  },
  breaks: requestIdBreaks,
  run: async (context) => {
    const { accessToken: token, address: from } = await context.account();
    const own = 'chosen-by-the-client-1';
    const first = await getMe(context, { token, from, headers: { 'x-request-id': own } });
    const second = await getMe(context, { token, from });
    const rejected = await context.http.request('gateway', '/api/nothing-here', { token, from });
    const login = { method: 'POST', body: {}, from };
    const byService = await context.http.request('gateway', '/api/auth/login', login);
    const id = (headers: Readonly<Record<string, string>>) => headers['x-request-id'] ?? '';
    return {
      id: id(first.headers),
      different: id(first.headers) !== id(second.headers),
      clientIdUsed: [first, second].some(({ headers }) => id(headers) === own),
      inEnvelope: [rejected, byService].every(
        ({ json, headers }) => textAt(json, 'request_id') === id(headers) && id(headers) !== '',
      ),
      fromService: textAt(byService.json, 'request_id'),
    };
  },
});

export const traceContext = defineCheck({
  ...apiCheck,
  id: 'api.requests.trace-context-kept',
  users: 1,
  title: 'A valid W3C trace is kept and an invalid one replaced',
  why: 'A stock proxy produces two traceparent headers, which end every trace at the gateway.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Read traceparent once, start a new trace when it is invalid or there are several, and write exactly one to the next hop.',
    effort: 'hours',
  },
  expects: { kept: equals(true), notReplaced: empty(), keptByServices: equals(true) },
  breaks: traceContextBreaks,
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const trace = randomBytes(16).toString('hex');
    const span = randomBytes(8).toString('hex');
    const traced = `00-${trace}-${span}-01`;
    const send = (traceparent: string | string[], service: 'gateway' | 'platform-services' = 'gateway') =>
      http.request(service, service === 'gateway' ? '/api/auth/me' : '/auth/me', {
        token,
        from,
        headers: { traceparent },
      });
    const atGateway = await send(traced);
    const atService = await send(traced, 'platform-services');
    const notReplaced: string[] = [];
    for (const [name, broken] of [
      ['zeros', `00-${'0'.repeat(32)}-${span}-01`],
      ['too short', `00-${trace.slice(2)}-${span}-01`],
      ['text', 'not a trace'],
      ['version ff', `ff-${trace}-${span}-01`],
      ['two headers', [traced, `00-${randomBytes(16).toString('hex')}-${span}-01`]],
    ] as [string, string | string[]][]) {
      const response = await send(broken);
      const id = response.headers['x-trace-id'] ?? '';
      if (
        response.status !== 200 ||
        !/^(?!0{32})[0-9a-f]{32}$/.test(id) ||
        (id === trace && name !== 'two headers')
      ) {
        notReplaced.push(`${name}: ${response.status} with trace "${id}"`);
      }
    }
    return {
      kept: atGateway.headers['x-trace-id'] === trace,
      keptByServices: atService.headers['x-trace-id'] === trace,
      notReplaced,
    };
  },
});

export const corsPreflight = defineCheck({
  ...apiCheck,
  id: 'api.requests.cors-for-the-frontend-only',
  title: 'CORS allows the frontend’s origin and no other',
  standards: ['ASVS 3.4.2', 'API8'],
  why: 'Without its origin the assessed sign-in form had no effect. One origin too many lets any page act for its visitors.',
  severity: 'high',
  conditions: ['gateway-routing'],
  needs: [readyCheckId('gateway')],
  services: ['gateway'],
  remediation: {
    text: 'Put the frontend’s exact origin into CORS_ORIGINS of the gateway. Compare whole origins, never a prefix or suffix, and allow no credentials.',
    effort: 'hours',
  },
  expects: {
    status: equals(204),
    allowedOrigin: equals(true),
    methods: matches(/\bPOST\b/),
    headers: matches(/authorization.*content-type|content-type.*authorization/),
    onResponses: equals(true),
    othersAllowed: empty(),
  },
  breaks: corsBreaks,
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
    const response = await preflight(origin);
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
      status: response.status,
      allowedOrigin: response.headers['access-control-allow-origin'] === origin,
      methods: response.headers['access-control-allow-methods'] ?? '',
      headers: (response.headers['access-control-allow-headers'] ?? '').toLowerCase(),
      onResponses: actual.headers['access-control-allow-origin'] === origin,
      othersAllowed,
    };
  },
});

export const malformedJson = defineCheck({
  ...apiCheck,
  id: 'api.requests.rejects-malformed-json',
  title: 'Malformed JSON is rejected with 400',
  standards: ['ASVS 16.5.1', 'API8'],
  why: 'A parser error that becomes a 500 looks like an outage and triggers alerts.',
  severity: 'high',
  conditions: ['gateway-routing'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Turn errors of the body parser into 400 malformed_request in the error envelope, before the handler runs.',
    effort: 'hours',
  },
  expects: {
    ...expectRejection('malformed_request', 'platform-services', 'gateway'),
    problems: empty(),
    stillWorks: equals(200),
  },
  breaks: malformedJsonBreaks,
  run: async ({ account, http }) => {
    const { accessToken: token, address: from } = await account();
    const send = (method: string, path: string, body: string, type = 'application/json') =>
      http.request('gateway', path, { method, body, token, from, headers: { 'content-type': type } });
    const response = await send('POST', '/api/auth/login', '{"email": "a@b.example", ');
    const wrong: string[] = [];
    for (const body of ['{', '[1,2', '"', 'undefined', "{'email': 1}", `${'['.repeat(5_000)}`]) {
      const other = await send('PUT', '/api/users/me', body);
      if (other.status !== problems.malformed_request.status || servedBy(other) !== 'user-service') {
        wrong.push(`${body.slice(0, 12)}: ${summary(other)}`);
      }
    }
    const text = await send('PUT', '/api/users/me', 'display_name=x', 'text/plain');
    if (text.status !== problems.unsupported_media_type.status) wrong.push(`text/plain: ${summary(text)}`);
    const control = await send('PUT', '/api/users/me', '{"display_name": "Still works"}');
    if (valueAt(control.json, 'display_name') !== 'Still works')
      wrong.push(`a valid body: ${summary(control)}`);
    return { ...observeRejection(response), problems: wrong, stillWorks: control.status };
  },
});

export const ambiguousPaths = defineCheck({
  ...apiCheck,
  id: 'api.requests.rejects-ambiguous-paths',
  users: 1,
  title: 'The gateway rejects ambiguous paths',
  failureTitle: 'The gateway accepts an ambiguous path',
  controls: ['control'],
  standards: ['ASVS 1.1.1', 'ASVS 1.5.3', 'API8'],
  why: 'Attackers use dots, double slashes and encoded slashes to bypass the access control of a gateway.',
  severity: 'high',
  needs: [registrationWorks],
  remediation: {
    text: 'Reject such paths with 400 before routing. Never normalise them, since the service may normalise differently.',
    effort: 'hours',
  },
  expects: { accepted: empty(), control: equals(200) },
  breaks: ambiguousPathsBreaks,
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
      const response = await http.request('gateway', path, { token, from });
      if (response.status !== 400 && response.status !== 404) accepted.push(`${path}: ${summary(response)}`);
    }
    const control = await http.request('gateway', '/api/auth/me', { token, from });
    return { accepted, control: control.status };
  },
});
