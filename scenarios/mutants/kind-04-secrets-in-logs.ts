// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import { type Mutant, replacing } from './mutant.ts';

const logs = 'security.service-logs';
const responses = 'security.response-secrets';
const spans = 'api.traces.spans-have-no-secrets';

const accounts = 'services/platform-services';
const handlers = `${accounts}/accounts/account-handlers.ts`;

export const loggedSecretMutants: readonly Mutant[] = [
  {
    id: 'logged-secrets.password-of-sign-in',
    kind: 4,
    defect: 'platform-services logs the password of each sign-in.',
    changes: [
      replacing(
        handlers,
        '      const { email, password } = request.body;\n',
        "      const { email, password } = request.body;\n      request.log.info({ email, password }, 'sign-in');\n",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.bearer-token-at-the-gateway',
    kind: 4,
    defect: 'The gateway logs the access token of each request.',
    changes: [
      replacing(
        'services/gateway/routing/request-policy.ts',
        '      const presented = bearerToken(request);\n',
        "      const presented = bearerToken(request);\n      console.log(JSON.stringify({ level: 'info', msg: `caller ${presented}` }));\n",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.authorization-header-of-any-service',
    kind: 4,
    defect: 'Services log the headers of requests that they reject.',
    changes: [
      replacing(
        'kit/service/build-service.ts',
        '    const problem = toProblem(error);\n',
        "    const problem = toProblem(error);\n    log.info({ headers: request.headers, status: problem.status }, 'request rejected');\n",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.password-of-rejected-registration',
    kind: 4,
    defect: 'platform-services logs the whole body of a rejected registration.',
    changes: [
      replacing(
        handlers,
        "      if (await findAccount(database, body.email)) throw problem('duplicate_email');\n",
        "      if (await findAccount(database, body.email)) {\n        request.log.warn(body, 'duplicate registration');\n        throw problem('duplicate_email');\n      }\n",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.refresh-token',
    kind: 4,
    defect: 'platform-services logs the refresh token of each refresh.',
    changes: [
      replacing(
        `${accounts}/sessions/session-handlers.ts`,
        '      const { refresh_token } = request.body;\n',
        '      const { refresh_token } = request.body;\n      request.log.info(`refresh with ${refresh_token}`);\n',
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.changed-password',
    kind: 4,
    defect: 'platform-services logs the new password of a change.',
    changes: [
      replacing(
        handlers,
        '      const passwordHash = await passwords.hash(body.new_password);\n',
        "      const passwordHash = await passwords.hash(body.new_password);\n      request.log.info({ changes: JSON.stringify(body) }, 'password changed');\n",
      ),
    ],
    caughtBy: [logs],
    alongside: ['authentication.change-password.replaces-password'],
  },
  {
    id: 'logged-secrets.new-api-key',
    kind: 4,
    defect: 'platform-services logs each new API key.',
    changes: [
      replacing(
        `${accounts}/personal-tokens/personal-token-handlers.ts`,
        '    createToken(request) {\n      const who = tenantOf(request.caller);\n      return tokens.createPersonalToken(database, who, request.body, originOf(request));\n',
        "    async createToken(request) {\n      const who = tenantOf(request.caller);\n      const made = await tokens.createPersonalToken(database, who, request.body, originOf(request));\n      request.log.info({ made: made.token }, 'key created');\n      return made;\n",
      ),
    ],
    caughtBy: [logs],
    alongside: ['authentication.personal-token.limited-and-revocable'],
  },
  {
    id: 'logged-secrets.used-api-key',
    kind: 4,
    defect: 'The gateway logs API keys that it exchanges.',
    changes: [
      replacing(
        'services/gateway/routing/personal-tokens.ts',
        '      const entry = known.get(key);\n      if (entry === undefined ||',
        '      const entry = known.get(key);\n      process.stderr.write(`exchange of ${token}\\n`);\n      if (entry === undefined ||',
      ),
    ],
    caughtBy: [logs],
    alongside: ['authentication.personal-token.limited-and-revocable'],
  },
  {
    id: 'logged-secrets.links-of-mails',
    kind: 4,
    defect: 'platform-services logs the links of the mails that it sends.',
    changes: [
      replacing(
        `${accounts}/mail/mail-work.ts`,
        '      const { id, recipient, created_at } = mail;\n',
        "      const { id, recipient, created_at } = mail;\n      log.info({ ...about, content: openMail(key, mail) }, 'sending a mail');\n",
      ),
    ],
    caughtBy: [logs],
    alongside: ['security.account.lost-password-is-replaced-by-mail'],
  },
  {
    id: 'logged-secrets.configuration-at-start',
    kind: 4,
    defect: 'Each service logs its configuration when it starts.',
    changes: [
      replacing(
        'kit/service/run-service.ts',
        "    log.info({ port }, 'listening');",
        "    log.info({ port, config }, 'listening');",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.internal-key-of-calls',
    kind: 4,
    defect: 'Services log the headers of their calls to each other.',
    changes: [
      replacing(
        'kit/peers/peer-request.ts',
        "  const secure = url.protocol === 'https:';\n",
        "  const secure = url.protocol === 'https:';\n  if (options.headers?.['x-internal-key'] !== undefined) console.log(JSON.stringify({ msg: `${method} ${url.pathname}`, sent: Object.values(options.headers) }));\n",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.delegated-token-of-saga',
    kind: 4,
    defect: 'saga-service logs the token with which a step acts for its user.',
    changes: [
      replacing(
        'services/saga-service/steps/call-step.ts',
        '    return tokens.withToken(grant, async ({ token }) => send(token));',
        '    return tokens.withToken(grant, async ({ token }) => {\n      console.log(`step ${name} acts with ${token}`);\n      return send(token);\n    });',
      ),
    ],
    caughtBy: [logs],
    alongside: ['services.saga-service.failed-sagas-are-undone-in-reverse'],
  },
  {
    id: 'logged-secrets.secret-of-webhook',
    kind: 4,
    defect: 'automation-services logs the new secret of a webhook.',
    changes: [
      replacing(
        'services/automation-services/webhooks/webhook-handlers.ts',
        '        const overlapMs = body.overlap_seconds * 1000;\n',
        '        const overlapMs = body.overlap_seconds * 1000;\n        console.log(`rotated to ${secretOf(key)}`);\n',
      ),
    ],
    caughtBy: [logs],
    alongside: ['services.automation-services.webhook-messages'],
  },
  {
    id: 'logged-secrets.key-of-the-model',
    kind: 4,
    defect: 'llm-orchestrator logs the key of the model when a request is rejected.',
    changes: [
      replacing(
        'services/llm-orchestrator/gemini/gemini-http.ts',
        "log.warn({ status, reason: error?.message, method }, 'the model rejected a request');",
        "log.warn({ status, reason: error?.message, method, sent: [apiKey] }, 'the model rejected a request');",
      ),
    ],
    caughtBy: [logs],
    alongside: ['services.llm-orchestrator.budgets-reject-before-spending'],
  },
  {
    id: 'logged-secrets.token-in-first-socket-frame',
    kind: 4,
    defect: 'The gateway logs the frames of WebSockets, the first of which has the token.',
    changes: [
      replacing(
        'services/gateway/sockets/socket-connection.ts',
        '    const request = parseFrame(data, isBinary);\n',
        '    const request = parseFrame(data, isBinary);\n    console.log(`frame ${String(data)}`);\n',
      ),
    ],
    caughtBy: [logs],
    alongside: ['api.websocket.ticket-works-once'],
  },
  {
    id: 'logged-secrets.cookies-of-visitors',
    kind: 4,
    defect: 'The frontend logs the refresh token of a visitor whose access token has expired.',
    changes: [
      replacing(
        'services/frontend/session/sessions.ts',
        "    cookies.set(reply, 'refresh', tokens.refresh_token, refreshMaxAgeS);\n",
        "    cookies.set(reply, 'refresh', tokens.refresh_token, refreshMaxAgeS);\n    console.info(`session until ${refreshMaxAgeS}: ${tokens.refresh_token}`);\n",
      ),
    ],
    caughtBy: [logs],
    alongside: ['security.tokens.lifetimes-within-policy'],
  },
  {
    id: 'logged-secrets.urls-of-unknown-paths',
    kind: 4,
    defect: 'Services log unknown URLs with their query, in which clients send keys.',
    changes: [
      replacing(
        'kit/service/build-service.ts',
        "      route: request.routeOptions.url ?? 'unmatched',",
        '      route: request.routeOptions.url ?? request.originalUrl,',
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.values-of-failed-statements',
    kind: 4,
    defect: 'The hash of a password is logged with the statement that stores it.',
    changes: [
      replacing(
        `${accounts}/accounts/accounts.ts`,
        '  let row: { created_at: string; workspace_id: string; tenant_role:',
        "  console.log(JSON.stringify({ level: 'info', statement: 'register', values: values.slice(0, 8) }));\n  let row: { created_at: string; workspace_id: string; tenant_role:",
      ),
    ],
    caughtBy: [logs],
  },
  {
    id: 'logged-secrets.password-in-audit-events',
    kind: 4,
    defect: 'The audit log keeps the password of a failed sign-in.',
    changes: [
      replacing(
        `${accounts}/accounts/accounts.ts`,
        '    actorId: account?.id ?? null,\n  };',
        '    actorId: account?.id ?? null,\n    details: { given: options.given },\n  };',
      ),
      replacing(
        `${accounts}/accounts/accounts.ts`,
        'options: { origin: Origin; locked: boolean },',
        'options: { origin: Origin; locked: boolean; given: string },',
      ),
      replacing(
        `${accounts}/accounts/verify-password.ts`,
        'auditFailedLogin(database, account, { origin, locked })',
        'auditFailedLogin(database, account, { origin, locked, given: password })',
      ),
    ],
    caughtBy: ['security.audit.events-have-no-secrets'],
    rootCause: /^The audit log contains a password|^A response contains a password/,
  },
  {
    id: 'logged-secrets.key-in-audit-events',
    kind: 4,
    defect: 'The audit log keeps each new API key.',
    changes: [
      replacing(
        `${accounts}/personal-tokens/personal-tokens.ts`,
        'const details = { name, scopes, resources: definition.resources, expires_at: expiresAt };',
        'const details = { name, scopes, resources: definition.resources, expires_at: expiresAt, issued: fresh.token };',
      ),
    ],
    caughtBy: ['security.audit.events-have-no-secrets'],
    rootCause: /^The audit log contains a password|^A response contains a password/,
  },
  {
    id: 'logged-secrets.password-in-problem',
    kind: 4,
    defect: 'A rejected request gets its invalid values back, passwords among them.',
    changes: [
      replacing(
        'kit/http/validation.ts',
        "      msg: missing ? 'Field required' : issue.message,",
        '      msg: missing ? `Field required beside ${JSON.stringify(input)}` : issue.message,',
      ),
    ],
    caughtBy: [responses],
    alongside: ['authentication.register.rejects-missing-field'],
  },
  {
    id: 'logged-secrets.token-in-spans',
    kind: 4,
    defect: 'Spans of calls between services have the headers of the call.',
    changes: [
      replacing(
        'kit/peers/peer-request.ts',
        "      'peer.service': peer,\n",
        "      'peer.service': peer,\n      'http.request.header': JSON.stringify(options.headers ?? {}),\n",
      ),
    ],
    caughtBy: [spans],
  },
  {
    id: 'logged-secrets.password-in-spans',
    kind: 4,
    defect: 'The span of a sign-in has the password.',
    changes: [
      replacing(
        'kit/observe/tracing.ts',
        '  span.setStatus({ code: SpanStatusCode.ERROR, message: type });',
        '  span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });',
      ),
      replacing(
        `${accounts}/accounts/account-handlers.ts`,
        '      const { email, password } = request.body;\n',
        "      const { email, password } = request.body;\n      request.raw.arrival.span?.setAttribute('enduser.id', `${email} ${password}`);\n",
      ),
    ],
    caughtBy: [spans],
  },
  {
    id: 'logged-secrets.keys-of-redis-in-spans',
    kind: 4,
    defect: 'Spans of the gateway have the request target with its query.',
    changes: [
      replacing(
        'services/gateway/routing/proxied-request.ts',
        'traceparent: request.headers.traceparent,\n    });',
        "traceparent: request.headers.traceparent,\n    });\n    this.#observed.span?.setAttribute('http.request.header.authorization', String(request.headers.authorization));",
      ),
    ],
    caughtBy: [spans],
  },
];
