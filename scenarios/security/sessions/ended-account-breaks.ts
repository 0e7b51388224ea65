import type { Break } from '../../../harness/engine/index.ts';

export const endedAccountBreaks: readonly Break[] = [
  {
    defect: 'A deactivated user can sign in.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/accounts/verify-password.ts',
        find: "    if (!account.is_active) throw problem('account_deactivated');\n",
        replace: '',
      },
    ],
    violates: ['signedIn'],
  },
  {
    defect: 'Deactivation does not reach the services.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/tenants/tenant-users.ts',
        find: 'await publishEnds(await endAccess(tx, userId));\n    return userIn(tx, userId);',
        replace: 'await endAccess(tx, userId);\n    return userIn(tx, userId);',
      },
    ],
    violates: ['stillOpen'],
  },
  {
    defect: 'A lowered role takes effect with the next sign-in only.',
    changes: [
      {
        kind: 'exchange',
        method: 'PATCH',
        path: /^\/api\/tenant\/users\//,
        request: ({ url }) => ({ method: 'GET', url, body: Buffer.alloc(0) }),
      },
    ],
    violates: ['rightsAfterDemotion'],
  },
];
