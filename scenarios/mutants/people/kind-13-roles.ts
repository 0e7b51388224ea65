import { type Mutant, replacing } from '../mutant.ts';

const contract = 'contracts/rights.ts';
const judge = 'kit/rights/judge.ts';
const members = 'services/platform-services/workspaces/workspace-members.ts';
const everyRoute = ['security.rights.hold-on-every-route'] as const;
const administration = ['security.administration.roles-apply'] as const;

/** Kind 13: roles within a tenant that do not count. */
export const roleMutants: readonly Mutant[] = [
  {
    id: 'roles.not-enforced',
    kind: 13,
    defect: 'Every member of a workspace may do everything in it.',
    changes: [
      replacing(
        judge,
        'if (allows(role, level)) return allowed;',
        'if (level !== undefined) return allowed;',
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.viewers-write',
    kind: 13,
    defect: 'Viewers may change what they see.',
    changes: [replacing(contract, "viewer: 'read',", "viewer: 'edit',")],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.commenters-write',
    kind: 13,
    defect: 'Commenters may change records.',
    changes: [replacing(contract, "commenter: 'comment',", "commenter: 'edit',")],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.editors-manage',
    kind: 13,
    defect: 'Editors may share a workspace with others.',
    changes: [replacing(contract, "editor: 'edit',", "editor: 'manage',")],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.admins-own',
    kind: 13,
    defect: 'Administrators of a workspace may do what only its owner may.',
    changes: [replacing(contract, "admin: 'manage',", "admin: 'own',")],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.of-another-workspace',
    kind: 13,
    defect: 'The role in the first workspace of a user counts in every other one.',
    changes: [
      replacing(
        judge,
        'workspaces.find(({ id }) => id === workspaceId)?.role',
        'workspaces[0] && workspaceId !== undefined ? workspaces[0].role : undefined',
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.files-of-no-workspace',
    kind: 13,
    defect: 'The rights to a file are those in the own default workspace.',
    changes: [
      replacing(
        'kit/rights/rights-guard.ts',
        'return find === undefined ? named : find(request.caller, named);',
        "return find === undefined ? named : of === 'file' ? (authority.default_workspace_id ?? undefined) : find(request.caller, named);",
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.workflows-of-no-workspace',
    kind: 13,
    defect: 'The rights to a workflow are those in the own default workspace.',
    changes: [
      replacing(
        'kit/rights/rights-guard.ts',
        'return find === undefined ? named : find(request.caller, named);',
        "return find === undefined ? named : of === 'workflow' ? (authority.default_workspace_id ?? undefined) : find(request.caller, named);",
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.sagas-not-judged',
    kind: 13,
    defect: 'Every user of the tenant may cancel a saga.',
    changes: [
      replacing(
        'kit/rights/rights-guard.ts',
        "if (needs.of === 'visible') return",
        "if (needs.of === 'visible' || needs.of === 'saga') return",
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.comments-by-viewers',
    kind: 13,
    defect: 'Viewers may write comments.',
    changes: [
      replacing(
        judge,
        "return judgeLevel(authority, isSelf ? 'read' : right, workspaceId);",
        "return judgeLevel(authority, isSelf || right === 'comment' ? 'read' : right, workspaceId);",
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.lists-of-every-workspace',
    kind: 13,
    defect: 'The list of workflows has those of all workspaces of the tenant.',
    changes: [
      replacing(
        'services/automation-services/workflows/workflows.ts',
        '    parts: inWorkspaces(workspaceIds),\n',
        '',
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.sagas-of-every-workspace',
    kind: 13,
    defect: 'The list of sagas has those of all workspaces of the tenant.',
    changes: [
      replacing('services/saga-service/store/read-sagas.ts', '    parts: inWorkspaces(workspaceIds),\n', ''),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.read-only-users-write',
    kind: 13,
    defect: 'Users with the role readonly in the tenant keep their role in workspaces.',
    changes: [
      replacing(
        contract,
        "return user.role === 'readonly' && !user.owns_tenant ? 'viewer' : role;",
        'return user.owns_tenant ? role : role;',
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.moderators-administer',
    kind: 13,
    defect: 'Moderators of a tenant may do what only administrators may.',
    changes: [
      replacing(
        contract,
        "return role === 'admin' || (need === 'moderator' && role === 'moderator');",
        "return role === 'admin' || role === 'moderator';",
      ),
    ],
    caughtBy: administration,
  },
  {
    id: 'roles.administrators-read-everything',
    kind: 13,
    defect: 'Administrators of a tenant reach every workspace, also where a route does not name them.',
    changes: [
      replacing(
        judge,
        'if (orTenant !== undefined && hasTenantRole(authority, orTenant)) return allowed;',
        "if (hasTenantRole(authority, orTenant ?? 'admin')) return allowed;",
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.removed-members-stay',
    kind: 13,
    defect: 'A removed member keeps access until the services start again.',
    changes: [
      replacing(
        'kit/rights/authority-cache.ts',
        'export const freshMs = 5_000;',
        'export const freshMs = 3_600_000;',
      ),
      replacing(
        'services/platform-services/workspaces/workspace-handlers.ts',
        'await announce([params.userId]);',
        '',
      ),
    ],
    caughtBy: everyRoute,
  },
  {
    id: 'roles.lowered-roles-stay',
    kind: 13,
    defect: 'A lowered role counts as before until the services start again.',
    changes: [
      replacing(
        'kit/rights/authority-cache.ts',
        'export const freshMs = 5_000;',
        'export const freshMs = 3_600_000;',
      ),
      replacing(
        'kit/rights/authority-changes.ts',
        'if (userIds.length > 0) await afterCommit',
        'if (userIds.length > 99) await afterCommit',
      ),
    ],
    caughtBy: ['security.rights.lowered-roles-apply'],
  },
  {
    id: 'roles.admin-makes-owners',
    kind: 13,
    defect: 'An administrator of a workspace adds somebody as its owner.',
    changes: [replacing(members, "if (!includesRole(own, role)) throw problem('forbidden');", '')],
    caughtBy: ['security.rights.nobody-grants-more-than-their-own-role'],
  },
  {
    id: 'roles.admin-demotes-owners',
    kind: 13,
    defect: 'An administrator of a workspace takes the role of its owner away.',
    changes: [
      replacing(
        members,
        'if (!includesRole(own, role) || !includesRole(own, member.role)) throw',
        'if (!includesRole(own, role)) throw',
      ),
    ],
    caughtBy: ['security.rights.nobody-grants-more-than-their-own-role'],
  },
  {
    id: 'roles.admin-removes-owners',
    kind: 13,
    defect: 'An administrator of a workspace removes one of its owners.',
    changes: [replacing(members, "if (!includesRole(own, member.role)) throw problem('forbidden');", '')],
    caughtBy: ['security.rights.nobody-grants-more-than-their-own-role'],
  },
  {
    id: 'roles.invitation-above-own',
    kind: 13,
    defect: 'An editor who moderates the tenant invites administrators.',
    changes: [
      replacing(
        'services/platform-services/invitations/invite.ts',
        'if (!includesRole(inviter.highest, role))',
        'if (!includesRole(inviter.highest, role) && email === undefined)',
      ),
    ],
    caughtBy: ['security.rights.nobody-grants-more-than-their-own-role'],
  },
];
