import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';
import { reachableBases } from './token-resources.ts';

/** What the token of a session may do; each base has its own permission level. */
const sessionScopes = ['data.records:read', 'schema.bases:read', 'data.records:write', 'schema.bases:write'];

/** The metadata half of Airtable's Web API. */
export function metadataHandlers(upstream: Upstream) {
  return {
    async whoami({ caller }) {
      if (caller.scope !== undefined) {
        const scopes = caller.scope.split(' ');
        const mayKnow = scopes.includes('user.email:read');
        return { id: toAirtableUserId(caller.user_id), ...(mayKnow && { email: caller.email }), scopes };
      }
      return { id: toAirtableUserId(caller.user_id), email: caller.email, scopes: sessionScopes };
    },
    async listBases(request) {
      const page = await upstream.listBases(toCall(request), request.query.offset);
      return { ...page, bases: reachableBases(request.caller, page.bases) };
    },
    async getBase(request) {
      const parts = Object.fromEntries((request.query.include ?? []).map((part) => [part, true]));
      return upstream.showBase(toCall(request), request.params.baseId, parts);
    },
    createBase: async (request) =>
      upstream.createBase(toCall(request), { ...request.body, workspace: request.rights.workspaceId }),
    deleteBase: async (request) => upstream.deleteBase(toCall(request), request.params.baseId),
    async listTables(request) {
      const { include = [] } = request.query;
      const parts = { visibleFieldIds: include.includes('visibleFieldIds') };
      return { tables: await upstream.listTables(toCall(request), request.params.baseId, parts) };
    },
    createTable: async (request) =>
      upstream.createTable(toCall(request), request.params.baseId, request.body),
    async changeTable(request) {
      const { baseId, tableId } = request.params;
      return upstream.changeTable(toCall(request), baseId, tableId, request.body);
    },
    async createField(request) {
      const { baseId, tableId } = request.params;
      return upstream.createField(toCall(request), baseId, tableId, request.body);
    },
    async changeField(request) {
      const { baseId, tableId, fieldId } = request.params;
      return upstream.changeField(toCall(request), { baseId, table: tableId, fieldId }, request.body);
    },
  } satisfies Handlers<typeof airtableGateway>;
}
