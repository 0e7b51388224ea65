// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const gateway = 'services/gateway';

export const redWithoutEffectMutants: readonly Mutant[] = [
  {
    id: 'red-without-effect.sign-ins-unlimited',
    kind: 1,
    defect: 'The gateway does not limit sign-ins per address.',
    changes: [
      replacing(
        `${gateway}/limits/limit-rules.ts`,
        "    'platform-services.login': { name: 'login', lease: 1, ...config.RATE_LIMIT_LOGIN },\n",
        '',
      ),
    ],
    caughtBy: ['security.limits.sign-ins-per-address', 'security.sessions.guessing-is-stopped'],
  },
  {
    id: 'red-without-effect.numbers-sorted-as-text',
    kind: 1,
    defect: 'Records are sorted by the text of their numbers.',
    changes: [
      replacing(
        'services/airtable-gateway/embedded/sorting/sort-keys.ts',
        "  if (typeof a === 'number' && typeof b === 'number') return a - b;\n  return collator.compare(String(a), String(b));",
        "  if (typeof a === 'number' && typeof b === 'number') return String(a) < String(b) ? -1 : 1;\n  return collator.compare(String(a), String(b));",
      ),
    ],
    caughtBy: ['services.airtable-gateway.values-of-lists'],
  },
  {
    id: 'red-without-effect.trace-header-dropped',
    kind: 1,
    defect: 'The gateway sends no trace header to the services.',
    changes: [
      replacing(
        `${gateway}/upstream/forwarded-headers.ts`,
        "headers.push('x-request-id', request.requestId, 'traceparent', request.traceparent);",
        "headers.push('x-request-id', request.requestId);",
      ),
    ],
    caughtBy: ['api.traces.every-chain-is-one-tree'],
  },
  {
    id: 'red-without-effect.limit-headers-gone',
    kind: 1,
    defect: 'Responses do not say how much of a limit is left.',
    changes: [
      replacing(
        `${gateway}/limits/rate-limit.ts`,
        "  const headers = [\n    'ratelimit-limit',\n    String(rule.limit),\n    'ratelimit-remaining',\n    String(remaining),\n    'ratelimit-reset',\n    seconds,\n    'ratelimit-policy',\n    `${rule.limit};w=${Math.round(rule.windowMs / 1000)}`,\n  ];",
        '  const headers: string[] = remaining < 0 ? [String(rule.limit)] : [];',
      ),
    ],
    caughtBy: ['api.limits.headers-on-every-response'],
  },
  {
    id: 'red-without-effect.registrations-unlimited',
    kind: 1,
    defect: 'The gateway does not limit registrations per address.',
    changes: [
      replacing(
        `${gateway}/limits/limit-rules.ts`,
        "    'platform-services.register': { name: 'register', lease: 1, ...config.RATE_LIMIT_REGISTER },\n",
        '',
      ),
    ],
    caughtBy: ['security.limits.registrations-per-address'],
  },
  {
    id: 'red-without-effect.client-chooses-request-id',
    kind: 1,
    defect: 'The gateway takes the request id of the client.',
    changes: [
      replacing(
        `${gateway}/routing/proxied-request.ts`,
        '      id: randomUUID(),\n',
        "      id: String(request.headers['x-request-id'] ?? randomUUID()),\n",
      ),
    ],
    caughtBy: ['api.requests.request-id-on-every-response'],
  },
  {
    id: 'red-without-effect.invitations-not-mailed',
    kind: 1,
    defect: 'Invitations are stored and never mailed.',
    changes: [
      replacing(
        'services/platform-services/invitations/invite.ts',
        '    await mail(tx, who, invitation);\n',
        '    if (invitation.token === undefined) await mail(tx, who, invitation);\n',
      ),
    ],
    caughtBy: ['security.administration.invitations-mailed'],
    // The check states that the mail did not come.
    rootCause: /The link of an invitation arrives by mail/,
  },
  {
    id: 'red-without-effect.requests-not-counted',
    kind: 1,
    defect: 'The metrics of services count no requests.',
    changes: [
      replacing(
        'kit/observe/request-observer.ts',
        '      metrics.requests.observe(method, route, status, elapsedMs / 1000);\n',
        '',
      ),
    ],
    caughtBy: ['services.airtable-gateway.metrics'],
  },
  {
    id: 'red-without-effect.logs-without-trace',
    kind: 1,
    defect: 'Lines of a request do not name its trace.',
    changes: [
      replacing(
        'kit/observe/log.ts',
        'return scope === undefined ? {} : { request_id: scope.requestId, trace_id: scope.span.traceId };',
        'return scope === undefined ? {} : { request_id: scope.requestId };',
      ),
      replacing(
        'kit/observe/request-observer.ts',
        '          request_id: id,\n          trace_id: trace.traceId,\n          ...(status',
        '          request_id: id,\n          ...(status',
      ),
    ],
    caughtBy: ['infrastructure.logs.structured-with-trace-ids'],
  },
  {
    id: 'red-without-effect.registered-name-lost',
    kind: 1,
    defect: 'The profile of a new user has the first part of the address as its name.',
    changes: [
      replacing(
        'services/platform-services/sessions/tokens.ts',
        '      name: user.name,\n',
        "      name: user.email.split('@')[0] ?? '',\n",
      ),
    ],
    caughtBy: ['api.users.profile-carries-registered-name'],
  },
  {
    id: 'red-without-effect.no-alias',
    kind: 1,
    defect: 'The gateway has no routes below /api/v1 any more.',
    changes: [
      replacing(
        `${gateway}/routing/route-table.ts`,
        "for (const publicPrefix of [mount.public, mount.public.replace(/^\\/api\\b/, '/api/v1')]) {",
        'for (const publicPrefix of [mount.public]) {',
      ),
    ],
    caughtBy: ['api.routing.v1-alias'],
  },
  {
    id: 'red-without-effect.broken-json-is-internal',
    kind: 1,
    defect: 'A body that is no JSON is an internal error.',
    changes: [
      replacing(
        'kit/http/problem-response.ts',
        "    return problem(statusCodes[statusCode] ?? 'malformed_request', { cause: error });",
        "    return problem(statusCodes[statusCode] ?? 'internal', { cause: error });",
      ),
    ],
    caughtBy: ['api.requests.rejects-malformed-json'],
  },
  {
    id: 'red-without-effect.index-missing',
    kind: 1,
    defect: 'The records of a table are not indexed.',
    changes: [
      replacing(
        'database/migrations/005_airtable_metadata.sql',
        'create index idx_airtable_sync_logs_status on',
        '-- create index idx_airtable_sync_logs_status on',
      ),
    ],
    caughtBy: ['infrastructure.schema.metadata-indexes'],
  },
];
