// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import { type Mutant, replacing } from '../mutant.ts';

/** Kind 18: defects whose first root cause must say what was seen, and not something that follows from it. */
export const blameMutants: readonly Mutant[] = [
  {
    id: 'blame.two-percent-of-errors',
    kind: 18,
    defect: 'The gateway answers one request in fifty with an error.',
    changes: [
      replacing(
        'services/gateway/routing/proxied-request.ts',
        'const admitted = policy.admit(this.#target, this.#request, this.#responseHeaders);',
        `const counter = globalThis as unknown as { served?: number };
      counter.served = (counter.served ?? 0) + 1;
      if (counter.served % 50 === 0) throw new Error('one in fifty');
      const admitted = policy.admit(this.#target, this.#request, this.#responseHeaders);`,
      ),
    ],
    // Which check meets an error is chance, except for those that send hundreds of requests.
    caughtBy: ['security.rights.hold-on-every-route', 'security.tenants.objects-of-others-unreachable'],
    alongside: [
      'api.load.error-rate-below-5-percent',
      'infrastructure.row-security.other-tenants-invisible',
      'services.airtable-gateway.values-of-lists',
      'services.airtable-gateway.values-of-writes',
      'services.airtable-gateway.values-of-formulas',
      'security.tenants.bases-of-others-unreachable',
      'security.tenants.records-of-others-unreachable',
      'security.bad-input.airtable-gateway.bodies',
      'security.bad-input.automation-services.bodies',
      'security.bad-input.platform-services.bodies',
    ],
    rootCause: /gateway responds with server errors/,
  },
  {
    id: 'blame.protocol-error-of-a-client',
    kind: 18,
    defect: 'The MCP server leaves out the structured result that its tools declare.',
    changes: [replacing('services/mcp-server/protocol.ts', 'structuredContent: called.structured,', '')],
    caughtBy: ['api.clients.mcp-sdk'],
    alongside: ['api.clients.mcp-conformance'],
  },
  {
    id: 'blame.patch-clears-fields',
    kind: 18,
    defect: 'A change of one field clears the others.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'updateRecord: (request) => writeOne(upstream, request, false),',
        'updateRecord: (request) => writeOne(upstream, request, true),',
      ),
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'updateRecords: (request) => writeMany(upstream, request, false),',
        'updateRecords: (request) => writeMany(upstream, request, true),',
      ),
    ],
    caughtBy: [
      'services.airtable-gateway.values-of-writes',
      'security.tenants.records-of-others-unreachable',
    ],
    alongside: ['security.rights.hold-on-every-route'],
  },
  {
    id: 'blame.open-internal-route',
    kind: 18,
    defect: 'Internal routes of every service need no key.',
    changes: [
      replacing(
        'kit/http/contract-routes.ts',
        "if (!hasInternalKey(request.headers['x-internal-key'])) throw problem('forbidden');",
        "if (hasInternalKey(request.headers['x-internal-key']) === undefined) throw problem('forbidden');",
      ),
    ],
    caughtBy: ['security.network-security'],
    // A service with an open route still does its work.
    alongside: [
      'services.user-service.available',
      'services.airtable-gateway.available',
      'services.platform-services.available',
    ],
  },
  {
    id: 'blame.internal-routes-of-one-service',
    kind: 18,
    defect: 'Internal routes of the user service need no key.',
    changes: [
      replacing(
        'kit/http/contract-routes.ts',
        "if (!hasInternalKey(request.headers['x-internal-key'])) throw problem('forbidden');",
        "if (!hasInternalKey(request.headers['x-internal-key']) && !process.argv.some((argument) => argument.includes('user-service'))) throw problem('forbidden');",
      ),
    ],
    caughtBy: ['security.network-security'],
    alongside: ['services.user-service.available'],
  },
  {
    id: 'blame.lists-of-one-service-fail',
    kind: 18,
    defect: 'Each list of records ends in an error.',
    changes: [
      replacing(
        'services/airtable-gateway/api/record-handlers.ts',
        'return upstream.listRecords(toCall(request), refOf(request.params), request.query);',
        "throw new Error('no list');",
      ),
    ],
    caughtBy: [
      'services.airtable-gateway.values-of-lists',
      'api.clients.pyairtable',
      'security.tenants.records-of-others-unreachable',
      'security.tenants.bases-of-others-unreachable',
    ],
    rootCause: /airtable-gateway responds with server errors/,
  },
  {
    id: 'blame.no-session-is-valid',
    kind: 18,
    defect: 'Every access token is rejected.',
    changes: [
      replacing(
        'kit/http/contract-routes.ts',
        'claims = await authenticate(bearerToken(request.raw));',
        'claims = await authenticate(`${bearerToken(request.raw)}x`);',
      ),
    ],
    caughtBy: [
      'authentication.register.creates-account',
      'authentication.me.returns-user',
      'services.user-service.available',
      'services.airtable-gateway.available',
    ],
  },
  {
    id: 'blame.registration-fails',
    kind: 18,
    defect: 'Nobody can register.',
    changes: [
      replacing(
        'services/platform-services/accounts/account-handlers.ts',
        "if (await findAccount(database, body.email)) throw problem('duplicate_email');",
        "throw problem('duplicate_email');",
      ),
    ],
    caughtBy: [
      'authentication.register.creates-account',
      'services.airtable-gateway.available',
      'security.rights.hold-on-every-route',
    ],
    // In a run nearly every check needs an account.
    alongside: [
      'authentication.login.creates-session',
      'authentication.refresh.rotates-tokens',
      'authentication.logout.ends-session',
      'authentication.change-password.replaces-password',
      'services.platform-services.values-of-workspaces',
      'services.user-service.values-of-profiles',
      'security.tokens.lifetimes-within-policy',
      'security.limits.costly-requests-rejected',
      'security.session-security',
      'security.sessions.timeouts-apply',
    ],
  },
  {
    id: 'blame.model-answers-nothing',
    kind: 18,
    defect: 'The text of the model never reaches the user.',
    changes: [
      replacing(
        'services/llm-orchestrator/chat/chat.ts',
        'exchange.response += text;',
        'exchange.response += text.slice(0, 0);',
      ),
    ],
    caughtBy: ['services.llm-orchestrator.values-of-chat'],
  },
];
