import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak } from '../../kit/breaks.ts';

export const roleBreaks: readonly Break[] = [
  {
    defect: 'Roles in the tenant cannot be given.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of role on identity.users',
        does: 'new.role := old.role; return new;',
      },
    ],
    violates: ['rolesShown', 'differences'],
  },
  oneBreak(
    'Every member may list the users of the tenant.',
    changeStatus({ method: 'GET', path: /^\/api\/tenant\/users$/, status: 403 }, 200),
    'differences',
  ),
];

export const deactivationBreaks: readonly Break[] = [
  {
    defect: 'A deactivation has no effect.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of is_active on identity.users',
        does: 'new.is_active := old.is_active; return new;',
      },
    ],
    violates: ['signIn'],
  },
  oneBreak(
    'A deactivated user still reads files.',
    changeStatus({ method: 'GET', path: /^\/api\/files$/, status: 401 }, 200),
    'stillReached',
  ),
];

export const ownerBreaks: readonly Break[] = [
  {
    defect: 'A tenant cannot be transferred.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of owner_id on identity.tenants',
        does: 'new.owner_id := old.owner_id; return new;',
      },
    ],
    violates: ['formerOwnerIsRemoved'],
  },
  oneBreak(
    'An administrator may demote the owner.',
    changeStatus({ method: 'PATCH', path: /^\/api\/tenant\/users\/[^/]+$/, status: 403 }, 200),
    'byAdministrator',
  ),
];

export const invitationBreaks: readonly Break[] = [
  {
    defect: 'An invitation works again.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of accepted_at on identity.invitations',
        does: 'new.accepted_at := null; return new;',
      },
    ],
    violates: ['accepted'],
  },
  oneBreak(
    'Members get another role than the invitation has.',
    changeJson({ method: 'GET', path: /^\/api\/workspaces\/[^/]+\/members$/ }, (json) => ({
      ...json,
      members: json.members?.map((member: object) => ({ ...member, role: 'admin' })),
    })),
    'roleOfMember',
  ),
];

export const invitationMailBreaks: readonly Break[] = [
  {
    defect: 'Invitations are not mailed.',
    changes: [{ kind: 'trigger', on: 'before insert on identity.mails', does: 'return null;' }],
    violates: [],
  },
  oneBreak(
    'The link of an invitation does not work.',
    changeStatus(
      { method: 'POST', path: /^\/api\/auth\/register$/, when: ({ body }) => body.includes('invitation') },
      404,
    ),
    'joined',
  ),
];
