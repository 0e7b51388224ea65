import type { Break } from '../../../harness/engine/index.ts';

export const auditBreaks: readonly Break[] = [
  {
    defect: 'Changes of roles are not recorded.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.audit_events',
        does: `if new.event like '%role_changed' then return null; end if; return new;`,
      },
    ],
    violates: ['missing'],
  },
  {
    defect: 'Events do not name the request.',
    changes: [
      {
        kind: 'trigger',
        on: 'before insert on identity.audit_events',
        does: `new.request_id := null; return new;`,
      },
    ],
    violates: ['incomplete'],
  },
];

export const auditSecretBreaks: readonly Break[] = [
  {
    defect: 'The event of a new API key has the key.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/platform-services/personal-tokens/personal-tokens.ts',
        find: 'expires_at: expiresAt };',
        replace: 'expires_at: expiresAt, issued: fresh.token };',
      },
    ],
    violates: ['secrets'],
  },
];

export const rejectionLogBreaks: readonly Break[] = [
  {
    defect: 'Lines about rejections do not name the caller.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/observe/request-observer.ts',
        find: '          ...(status >= 400 &&',
        replace: '          ...(status >= 600 &&',
      },
    ],
    violates: ['forbidden', 'limited'],
  },
];
