import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { AnnounceAuthority } from '../../../kit/rights/authority-changes.ts';
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

export interface WorkspaceDeps extends workspaces.DeleteWorkspaceDeps {
  /** Called after each change of roles. */
  announce: AnnounceAuthority;
}

export function workspaceHandlers({
  database,
  assertEmpty,
  announce,
}: WorkspaceDeps): Pick<Handlers<typeof platformServices>, WorkspaceRoute> {
  return {
    listWorkspaces: async ({ caller }) => ({
      workspaces: await workspaces.listWorkspaces(database, tenantOf(caller)),
    }),
    async createWorkspace({ caller, body }) {
      const created = await workspaces.createWorkspace(database, tenantOf(caller), body);
      await announce([caller.user_id]);
      return created;
    },
    workspace: ({ caller, params }) => workspaces.readWorkspace(database, tenantOf(caller), params.id),
    changeWorkspace: ({ caller, params, body }) =>
      workspaces.changeWorkspace(database, tenantOf(caller), params.id, body),
    async deleteWorkspace(request) {
      const { caller, params } = request;
      const deps = { database, assertEmpty };
      await announce(await workspaces.deleteWorkspace(deps, tenantOf(caller), params.id, originOf(request)));
    },
    listMembers: async ({ caller, params }) => ({
      members: await members.listMembers(database, tenantOf(caller), params.id),
    }),
    async addMember(request) {
      const { caller, params, body } = request;
      const membership = { userId: body.user_id, role: body.role };
      const added = await members.addMember(
        database,
        tenantOf(caller),
        params.id,
        membership,
        originOf(request),
      );
      await announce([membership.userId]);
      return added;
    },
    async changeMember(request) {
      const { caller, params, body } = request;
      const membership = { userId: params.userId, role: body.role };
      const changed = await members.changeMember(
        database,
        tenantOf(caller),
        params.id,
        membership,
        originOf(request),
      );
      await announce([membership.userId]);
      return changed;
    },
    async removeMember(request) {
      const { caller, params } = request;
      await members.removeMember(database, tenantOf(caller), params.id, params.userId, originOf(request));
      await announce([params.userId]);
    },
    async transferWorkspace(request) {
      const { caller, params, body } = request;
      const target = { id: params.id, userId: body.user_id };
      const owner = await transferWorkspace(database, tenantOf(caller), target, originOf(request));
      await announce([caller.user_id, body.user_id]);
      return owner;
    },
  };
}
