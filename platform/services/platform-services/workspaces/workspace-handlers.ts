import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { originOf } from '../audit/audit.ts';
import { transferWorkspace } from './transfer-workspace.ts';
import * as members from './workspace-members.ts';
import * as workspaces from './workspaces.ts';

type WorkspaceRoute =
  | 'listWorkspaces'
  | 'createWorkspace'
  | 'workspace'
  | 'changeWorkspace'
  | 'deleteWorkspace'
  | 'listMembers'
  | 'addMember'
  | 'changeMember'
  | 'removeMember'
  | 'transferWorkspace';

export function workspaceHandlers(
  database: Database,
): Pick<Handlers<typeof platformServices>, WorkspaceRoute> {
  return {
    listWorkspaces: async ({ caller }) => ({
      workspaces: await workspaces.listWorkspaces(database, tenantOf(caller)),
    }),
    createWorkspace: ({ caller, body }) => workspaces.createWorkspace(database, tenantOf(caller), body),
    workspace: ({ caller, params }) => workspaces.readWorkspace(database, tenantOf(caller), params.id),
    changeWorkspace: ({ caller, params, body }) =>
      workspaces.changeWorkspace(database, tenantOf(caller), params.id, body),
    deleteWorkspace: (request) =>
      workspaces.deleteWorkspace(database, tenantOf(request.caller), request.params.id, originOf(request)),
    listMembers: async ({ caller, params }) => ({
      members: await members.listMembers(database, tenantOf(caller), params.id),
    }),
    addMember(request) {
      const { caller, params, body } = request;
      const membership = { userId: body.user_id, role: body.role };
      return members.addMember(database, tenantOf(caller), params.id, membership, originOf(request));
    },
    changeMember(request) {
      const { caller, params, body } = request;
      const membership = { userId: params.userId, role: body.role };
      return members.changeMember(database, tenantOf(caller), params.id, membership, originOf(request));
    },
    removeMember(request) {
      const { caller, params } = request;
      return members.removeMember(database, tenantOf(caller), params.id, params.userId, originOf(request));
    },
    transferWorkspace(request) {
      const { caller, params, body } = request;
      const target = { id: params.id, userId: body.user_id };
      return transferWorkspace(database, tenantOf(caller), target, originOf(request));
    },
  };
}
