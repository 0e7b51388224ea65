import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { defineCheck, empty, equals, matches, ProductFailure } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { costBreaks, keyBreaks, userLimitBreaks } from './user-limit-breaks.ts';

/** Requests that are left in the window when the check begins. */
const left = 10;

export const requestsPerUser = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.requests-per-user',
  title: 'The gateway limits requests per user, by every path',
  failureTitle: 'A user may send more requests than the limit',
  why: 'One account with a script must not take the platform from everybody. A limit that another spelling or address avoids is none (API4, ASVS 2.4.1).',
  standards: ['ASVS 2.4.1', 'API4'],
  requires: ['redis-admin'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Count requests per user in Redis for all gateways together, before they reach a service, whatever path, method, header or address they have.',
    effort: 'days',
  },
  expects: {
    allowed: equals(left),
    status: equals(429),
    error: equals('rate_limited'),
    headers: empty(),
    bypasses: empty(),
    retryAfter: matches(/^[1-9]\d*$/),
    otherUser: equals(200),
    afterReset: equals(200),
  },
  breaks: userLimitBreaks,
  run: async (context) => {
    const { http } = context;
    const [own, other] = await Promise.all([context.account(), context.account()]);
    const first = await sendAs(context, other)('GET', '/api/users/me');
    const limit = Number(first.headers['ratelimit-limit']);
    if (!(limit > 0)) throw new ProductFailure(`the limit is not in the headers of ${summary(first)}`);
    // As if the user had already sent most of the requests of this window.
    const redis = context.redis();
    const key = `rate_limit:user:${own.userId}`;
    await redis.set(key, String(limit - left), 'PX', 60_000);
    const at = { token: own.accessToken, from: own.address };
    const send = (path: string, more: Parameters<typeof http.request>[2] = {}) =>
      http.request('gateway', path, { ...at, ...more });
    let allowed = 0;
    let limited = await send('/api/users/me');
    while (limited.status === 200 && allowed <= left) {
      allowed += 1;
      limited = await send('/api/users/me');
    }
    const bypasses: string[] = [];
    for (const [path, more] of [
      ['/api/v1/users/me', {}],
      ['/api/users/me/', {}],
      ['/api/users/me?x=1', {}],
      ['/api/files', {}],
      ['/api/workspaces', { method: 'POST', body: { name: 'Bypass' } }],
      ['/api/users/me', { method: 'HEAD' }],
      ['/api/users/me', { headers: { 'x-forwarded-for': '203.0.113.9' } }],
      ['/api/users/me', { headers: { 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9' } }],
      ['/api/users/me', { headers: { 'x-user-id': other.userId } }],
      ['/api/users/me', { from: context.newAddress() }],
      ['/API/users/me', {}],
      ['//api/users/me', {}],
      ['/api/users%2fme', {}],
    ] as const) {
      const response = await send(path, more);
      if (response.status < 400) bypasses.push(`${JSON.stringify([path, more])}: ${response.status}`);
    }
    const control = await sendAs(context, other)('GET', '/api/users/me');
    const seconds = Number(limited.headers['ratelimit-reset']);
    await redis.pexpire(key, 1);
    const reset = await pollUntil(
      () => send('/api/users/me'),
      ({ status }) => status === 200,
      context,
      5_000,
    );
    return {
      allowed,
      status: limited.status,
      error: textAt(limited.json, 'error'),
      headers: [
        ...(limited.headers['ratelimit-remaining'] === '0'
          ? []
          : [`remaining ${limited.headers['ratelimit-remaining']}`]),
        ...(limited.headers['ratelimit-limit'] === String(limit)
          ? []
          : [`limit ${limited.headers['ratelimit-limit']}`]),
        ...(seconds > 0 && seconds <= 60 ? [] : [`reset ${limited.headers['ratelimit-reset']}`]),
      ],
      bypasses,
      retryAfter: limited.headers['retry-after'] ?? '',
      otherUser: control.status,
      afterReset: reset.status,
    };
  },
});

/** Requests that cost much more to serve than to send, with the statuses that reject them. */
export const costlyRequests = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.costly-requests-rejected',
  title: 'Requests that cost more than they weigh are rejected',
  failureTitle: 'A small request makes a service work hard',
  why: 'One person with a laptop can stop a platform by requests that unpack, nest or list without end (API4, ASVS 1.3.12, 2.4.1).',
  standards: ['ASVS 1.3.12', 'ASVS 2.4.1', 'ASVS 5.2.3', 'ASVS 15.2.2', 'API4'],
  needs: [registrationWorks, readyCheckId('user-service')],
  services: ['gateway', 'platform-services', 'user-service'],
  remediation: {
    text: 'Limit the size of bodies as they arrive, do not unpack them, bound depth, number of fields and sizes of pages in the contract, and use regular expressions that cannot backtrack.',
    effort: 'days',
  },
  expects: {
    accepted: empty(),
    slow: empty(),
    atLimit: equals(200),
    ready: equals([200, 200]),
    controlAfter: equals(200),
  },
  breaks: costBreaks,
  run: async (context) => {
    const { http } = context;
    const account = await context.account();
    const send = sendAs(context, account);
    const json = { 'content-type': 'application/json' };
    const put = (body: string | Uint8Array, headers: Record<string, string> = json) =>
      http.request('gateway', '/api/users/me', {
        method: 'PUT',
        token: account.accessToken,
        from: account.address,
        body,
        headers,
        timeoutMs: 20_000,
      });
    const big = JSON.stringify({ bio: 'x'.repeat(2_000_000) });
    const cases: readonly (readonly [name: string, request: () => ReturnType<typeof put>])[] = [
      ['a body of 2 MB', () => put(big)],
      [
        'a packed body',
        () => put(gzipSync(Buffer.alloc(20_000_000, ' ')), { ...json, 'content-encoding': 'gzip' }),
      ],
      [
        'a body packed twice',
        () => put(gzipSync(gzipSync(big)), { ...json, 'content-encoding': 'gzip, gzip' }),
      ],
      ['10,000 levels', () => put(`{"preferences":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)],
      [
        '100,000 fields',
        () => put(`{${Array.from({ length: 100_000 }, (_, index) => `"${index}":1`).join(',')}}`),
      ],
      [
        'a field of the prototype',
        () => put('{"__proto__":{"role":"admin"},"constructor":{"prototype":{}}}'),
      ],
      [
        'the same field twice',
        () => put(`{"display_name":"a","display_name":${'['.repeat(100)}${']'.repeat(100)}}`),
      ],
      ['a page of 1,000,000,000', () => send('GET', '/api/users?page_size=1000000000')],
      ['a page far away', () => send('GET', '/api/users?page=9007199254740993')],
      ['a search of 10,000 characters', () => send('GET', `/api/users?search=${'%25_'.repeat(3_000)}`)],
      [
        'an email that backtracks',
        () =>
          http.request('gateway', '/api/auth/login', {
            method: 'POST',
            from: context.newAddress(),
            body: {
              email: `${'a.'.repeat(20_000)}@${'b.'.repeat(20_000)}`,
              password: 'one password for long addresses',
            },
          }),
      ],
    ];
    const accepted: string[] = [];
    const slow: string[] = [];
    for (const [name, request] of cases) {
      const response = await request();
      if (response.status < 400 || response.status >= 500) accepted.push(`${name}: ${summary(response)}`);
      if (response.durationMs > 5_000) slow.push(`${name}: ${Math.round(response.durationMs)} ms`);
    }
    const atLimit = await put(JSON.stringify({ bio: 'x'.repeat(1_000) }));
    const ready = await Promise.all(
      (['gateway', 'user-service'] as const).map((service) => http.request(service, '/ready')),
    );
    const after = await send('GET', '/api/users/me');
    return {
      accepted,
      slow,
      atLimit: atLimit.status,
      ready: ready.map(({ status }) => status),
      controlAfter: textAt(after.json, 'id') === account.userId ? after.status : 0,
    };
  },
});

const atOnce = 20;

export const keysAtOnce = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.twenty-repetitions-create-one-object',
  title: 'Twenty requests with one key create one object',
  failureTitle: 'Requests with the same key create several objects',
  why: 'A client that repeats while the first request still runs is the usual case, not the exception. Each duplicate is a double charge (ASVS 2.3.3, 15.4.2).',
  standards: ['ASVS 2.3.3', 'ASVS 2.3.4', 'ASVS 15.4.2', 'API6'],
  needs: [registrationWorks],
  services: ['gateway', 'platform-services'],
  remediation: {
    text: 'Store the key in the transaction of the change, and let the second request wait for the first one or reject it with 409.',
    effort: 'days',
  },
  expects: {
    created: equals(1),
    successes: empty(),
    unexpected: empty(),
    otherKey: equals(201),
    listed: equals(2),
  },
  breaks: keyBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const name = context.unique('once');
    const create = (key: string) =>
      context.http.request('gateway', '/api/workspaces', {
        method: 'POST',
        token: account.accessToken,
        from: account.address,
        headers: { 'idempotency-key': key },
        body: { name },
      });
    const key = randomUUID();
    const together = await Promise.all(Array.from({ length: atOnce }, () => create(key)));
    const ids = together.filter(({ status }) => status < 300).map(({ json }) => textAt(json, 'id'));
    const countOf = async () => {
      const list = valueAt(await prepare(send, 'GET', '/api/workspaces?page_size=100'), 'workspaces');
      return Array.isArray(list) ? list.filter((one) => textAt(one, 'name') === name).length : -1;
    };
    const created = await countOf();
    const other = await create(randomUUID());
    return {
      created,
      successes: [...new Set(ids)].slice(1).map((id) => `another object: ${id}`),
      unexpected: together
        .filter(({ status }) => status >= 300 && status !== 409)
        .map((response) => summary(response)),
      otherKey: other.status,
      listed: await countOf(),
    };
  },
});
