import type { Fault } from '../fault.ts';
import { control } from './control.ts';
import { source } from './parts.ts';

/** Joined here, so that no search takes this file for one with a secret. */
const committedKey = ['npm', 'q7Zr2mXk9TbV4wLc8HdS1yNf6GjP3aQe5UoI'].join('_');

/** Controls that are switched off, one at a time. */
export const securityFaults: readonly Fault[] = [
  control({
    id: 'security.expired-tokens-accepted',
    title: 'No service compares the expiry of access tokens',
    recorded: 'Tokens from last week work',
    cause: 'The verification of tokens was given a fixed date.',
    fix: 'Verify exp with the time of the request.',
    service: 'gateway',
    symptom: /expired|token/i,
    changes: [
      source(
        'kit/auth/token-verifier.ts',
        'currentDate: new Date(now())',
        "currentDate: new Date('1970-01-01')",
      ),
      source('kit/auth/token-verifier.ts', 'if (known.untilMs <= now()) {', 'if (known.untilMs < 0) {'),
    ],
    bite: { kind: 'program', service: 'gateway', contains: '1970-01-01' },
    red: ['security.tokens.claims-are-enforced'],
  }),
  control({
    id: 'security.sign-out-ends-nothing',
    title: 'Access tokens work on after a sign-out',
    recorded: 'Signed out, and still in',
    cause: 'The end of a session is not announced to the services.',
    fix: 'Announce it, and let every service compare.',
    service: 'platform-services',
    symptom: /session|token|200/i,
    changes: [
      source(
        'services/platform-services/sessions/sessions.ts',
        "if (ended || reason === 'logout') await announceEnd(who, sessionId, reason);",
        "if (ended && reason !== 'logout') await announceEnd(who, sessionId, reason);",
      ),
    ],
    bite: {
      kind: 'request',
      signedIn: true,
      before: [{ method: 'POST', path: '/api/auth/logout' }],
      path: '/api/users/me',
      shows: /^200 /,
    },
    red: ['security.sessions.end-at-every-service'],
  }),
  control({
    id: 'security.sign-ins-unlimited',
    title: 'The gateway does not limit sign-ins per address',
    recorded: 'Thousands of passwords are tried from one address',
    cause: 'The rule of the route is missing in the list of limits.',
    fix: 'Limit every route that takes a password.',
    service: 'gateway',
    symptom: /limit|429/i,
    changes: [
      source(
        'services/gateway/limits/limit-rules.ts',
        "    'platform-services.login': { name: 'login', lease: 1, ...config.RATE_LIMIT_LOGIN },\n",
        "    'platform-services.login-unlimited': { name: 'login', lease: 1, ...config.RATE_LIMIT_LOGIN },\n",
      ),
    ],
    bite: { kind: 'program', service: 'gateway', contains: 'platform-services.login-unlimited' },
    red: ['security.limits.sign-ins-per-address'],
  }),
  control({
    id: 'security.hashes-in-answers',
    title: 'The account of a user has the hash of the password',
    recorded: 'password_hash in the answer of /auth/me',
    cause: 'The row of the database is returned as it is.',
    fix: 'Return the fields of the contract, and nothing else.',
    service: 'platform-services',
    symptom: /password_hash|hash/,
    changes: [
      source(
        'contracts/identity.ts',
        'export const User = z.object({\n',
        'export const User = z.looseObject({\n',
      ),
    ],
    bite: { kind: 'request', signedIn: true, path: '/api/auth/me', shows: /^200 .*password_hash/ },
    red: ['security.response-secrets'],
  }),
  control({
    id: 'security.passwords-in-logs',
    title: 'platform-services logs the password of each sign-in',
    recorded: 'Passwords in the log server',
    cause: 'The body of a request is logged for a test.',
    fix: 'Remove the line, and change the passwords that were logged.',
    service: 'platform-services',
    symptom: /password|log/i,
    changes: [
      source(
        'services/platform-services/accounts/account-handlers.ts',
        '      const { email, password } = request.body;\n',
        "      const { email, password } = request.body;\n      request.log.info({ email, password }, 'sign-in');\n",
      ),
    ],
    bite: {
      kind: 'log',
      node: 'platform-services',
      after: [
        {
          service: 'platform-services',
          path: '/auth/login',
          body: { email: 'nobody@readiness.test', password: 'not a password of anybody' },
        },
      ],
      shows: /"msg":"sign-in"/,
    },
    red: ['security.service-logs'],
  }),
  control({
    id: 'security.foreign-targets',
    title: 'The URL of a step of a workflow is not judged when it is stored',
    recorded: 'A workflow calls the metadata service of the cloud',
    cause: 'The guard of addresses is skipped.',
    fix: 'Judge every address when it is stored and when it is called.',
    service: 'automation-services',
    symptom: /169\.254|address|accepted/i,
    changes: [
      source(
        'services/automation-services/steps/http-request.ts',
        '      if (hasPlaceholder(url)) return;\n',
        '      if (hasPlaceholder(url) || url.length > 0) return;\n',
      ),
    ],
    bite: {
      kind: 'request',
      signedIn: true,
      path: '/api/workflows',
      body: {
        name: 'Probe',
        steps: [{ type: 'http_request', config: { method: 'GET', url: 'http://169.254.169.254/latest' } }],
      },
      shows: /^201 /,
    },
    red: ['security.targets.forbidden-addresses-rejected'],
  }),
  control({
    id: 'security.rights-lowered',
    title: 'Viewers of a workspace may delete its files',
    recorded: 'A guest has deleted the files of the team',
    cause: 'The right that the route needs was lowered.',
    fix: 'Restore the right, and approve changes of the contract.',
    service: 'file-service',
    symptom: /files/,
    changes: [
      source(
        'contracts/file-service/contract.ts',
        "      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('edit'),",
        "      description: 'A file that is still arriving returns 409. Viewers may delete it.',\n      access: 'user',\n      needs: inFile('read'),",
      ),
    ],
    bite: { kind: 'request', path: '/api/openapi.json', shows: /Viewers may delete it/ },
    red: ['security.contract.clients-see-approved-routes'],
  }),
  control({
    id: 'security.route-opened',
    title: 'Everybody may change the signing key of the platform',
    recorded: 'An internal route answers without the key of the services',
    cause: 'One word of the contract was changed.',
    fix: 'Restore it, and approve changes of the contract.',
    service: 'platform-services',
    symptom: /rotate|keys|public/i,
    changes: [
      source(
        'contracts/platform-services/authentication.ts',
        "    access: 'service',\n    idempotency: 'claim',",
        "    access: 'public',\n    idempotency: 'claim',",
      ),
    ],
    bite: {
      kind: 'request',
      service: 'platform-services',
      method: 'POST',
      path: '/internal/signing-keys/rotate',
      // Rejected by the route itself, so that nothing is rotated.
      body: { probe: true },
      shows: /^422 /,
    },
    red: ['security.contract.services-serve-approved-routes'],
  }),
  control({
    id: 'security.headers-missing',
    title: 'Responses have no headers of protection',
    recorded: 'Security headers: 0 of 7',
    cause: 'The headers were left to a proxy that does not set them.',
    fix: 'Set them in the place that every response passes.',
    service: 'gateway',
    symptom: /x-content-type-options|x-frame-options/,
    changes: [
      source(
        'kit/http/security-headers.ts',
        "  'x-content-type-options': 'nosniff',\n  'x-frame-options': 'DENY',\n",
        '',
      ),
    ],
    bite: { kind: 'request', path: '/api/health', shows: /^200 (?!.*x-frame-options)/s },
    red: ['security.headers.on-every-kind-of-response'],
  }),
  control({
    id: 'security.committed-key',
    title: 'A key is in the repository',
    blockers: ['B20'],
    recorded: 'Secrets in repo: committed keys',
    cause: 'A key was written into a file to try something, and the file was committed.',
    fix: 'Replace the key, read it from a file or a variable at start, and remove it from the history.',
    service: 'platform-services',
    symptom: /package\.json:\d+: token of npm/,
    changes: [
      {
        kind: 'checkout',
        file: 'package.json',
        find: '"type": "module",',
        replace: `"type": "module",\n  "config": { "registry": "${committedKey}" },`,
      },
    ],
    bite: { kind: 'checkout', file: 'package.json', shows: /"registry": "npm_/ },
    red: ['security.repository.no-committed-secrets'],
  }),
];
