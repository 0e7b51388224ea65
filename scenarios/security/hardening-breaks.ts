import type { Break } from '../../harness/engine/index.ts';
import { changeHeaders, changeJson, changeStatus, oneBreak } from '../kit/breaks.ts';

const login = { method: 'POST', path: /^\/(?:api\/)?(?:v1\/)?auth\/login/i };

export const loginLimitBreaks: readonly Break[] = [
  {
    defect: 'Sign-ins are not limited.',
    changes: [{ kind: 'environment', service: 'gateway', set: { RATE_LIMIT_LOGIN: '1000/900' } }],
    violates: ['status', 'error'],
  },
  oneBreak(
    'The gateway trusts the address that a client sends.',
    changeStatus(
      {
        method: 'POST',
        path: /^\/api\/auth\/login$/,
        status: 429,
        when: ({ headers }) => 'x-forwarded-for' in headers,
      },
      401,
    ),
    'bypasses',
  ),
  oneBreak(
    'A rejection does not say when to try again.',
    changeHeaders({ ...login, path: /^\/api\/auth\/login$/, status: 429 }, { 'retry-after': undefined }),
    'retryAfter',
  ),
];

export const registrationLimitBreaks: readonly Break[] = [
  {
    defect: 'Registrations are not limited.',
    changes: [{ kind: 'environment', service: 'gateway', set: { RATE_LIMIT_REGISTER: '1000/3600' } }],
    violates: ['status', 'error'],
  },
];

export const networkBreaks: readonly Break[] = [
  oneBreak(
    'An internal route of the user service is open.',
    changeStatus({ service: 'user-service', path: /^\/internal\//, status: 403 }, 422),
    'unprotectedRoutes',
  ),
  {
    defect: 'The user service has a second, undeclared port.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/user-service/main.ts',
        find: '    const { config, log } = context;\n',
        replace:
          "    const { config, log } = context;\n    import('node:net').then(({ createServer }) => createServer().listen(0, '127.0.0.1'));\n",
      },
    ],
    violates: ['unexpectedPorts'],
  },
];

export const databaseBreaks: readonly Break[] = [
  {
    defect: 'The audit log can be changed by its writer.',
    changes: [
      {
        kind: 'sql',
        apply: 'grant update on identity.audit_events to platform_services',
        restore: 'revoke update on identity.audit_events from platform_services',
      },
    ],
    violates: ['update'],
  },
  {
    defect: 'Failed sign-ins are not written to the audit log.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.audit_events',
        does: `if new.outcome = 'failure' then return null; end if; return new;`,
      },
    ],
    violates: ['eventsMissing'],
  },
];

export const apiBreaks: readonly Break[] = [
  oneBreak(
    'Responses lack the header that forbids guessing their type.',
    changeHeaders({ path: /^\/api\/users\/me$/ }, { 'x-content-type-options': undefined }),
    'missingHeaders',
  ),
  oneBreak(
    'A profile takes a number as a name.',
    changeStatus({ method: 'PUT', path: /^\/api\/users\/me$/, status: 422 }, 200),
    'badInputAccepted',
  ),
  oneBreak(
    'Errors contain the place in the source.',
    changeJson({ path: /^\/api\/nothing-here$/ }, (json) => ({
      ...json,
      message: 'at handler (/app/platform/x.ts:1:1)',
    })),
    'leaks',
  ),
  oneBreak(
    'A registration takes the role from the request.',
    changeJson({ method: 'POST', path: /^\/api\/auth\/register$/, status: 201 }, (json) => ({
      ...json,
      user: { ...json.user, role: 'admin' },
    })),
    'acceptedExtraFields',
  ),
];
