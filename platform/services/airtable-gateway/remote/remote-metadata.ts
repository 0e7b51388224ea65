import { z } from 'zod';
import { BaseDetails } from '../../../contracts/airtable-gateway/base-details.ts';
import { Base, Field, Table } from '../../../contracts/airtable-gateway/metadata.ts';
import { type PermissionLevel, permissionLevel, permissionLevels } from '../../../contracts/rights.ts';
import { notFound } from '../airtable-problem.ts';
import type { Caller } from '../caller.ts';
import type { Call, ListedBase, TableParts, Upstream } from '../upstream.ts';
import type { MappedWorkspaces } from './mapped-workspaces.ts';
import { noBase, type RemoteAccess } from './remote-access.ts';

const ttlS = 3600;
const BasePage = z.object({ bases: z.array(Base), offset: z.string().optional() });
const NewBase = z.object({ id: z.string(), tables: z.array(Table) });
const Tables = z.object({ tables: z.array(Table) });

function tablesPath(baseId: string, ...rest: string[]): string[] {
  return ['meta', 'bases', baseId, 'tables', ...rest];
}

/** The lower one of two permission levels. */
function lowerOf(one: PermissionLevel, other: PermissionLevel): PermissionLevel {
  return permissionLevels.indexOf(one) <= permissionLevels.indexOf(other) ? one : other;
}

export interface RemoteMetadataOptions {
  workspacesOf: MappedWorkspaces;
  /** Deletes what syncs have stored of a base. */
  forgetSyncs(caller: Caller, baseId: string): Promise<void>;
}

/** Bases, tables and fields of the real Airtable. */
export function remoteMetadata(
  { send, write, cached, forget }: RemoteAccess,
  { workspacesOf, forgetSyncs }: RemoteMetadataOptions,
) {
  function listAll(call: Call, offset?: string): Promise<z.output<typeof BasePage>> {
    const request = {
      method: 'GET',
      path: ['meta', 'bases'],
      query: { offset },
      response: BasePage,
    } as const;
    const load = () => send(call, noBase, request);
    return cached(call, { base: noBase, request: ['bases', offset], ttlS, load });
  }

  async function listBases(call: Call, offset?: string): Promise<{ bases: ListedBase[]; offset?: string }> {
    const { bases, offset: next } = await listAll(call, offset);
    const workspaces = await workspacesOf(
      call.caller,
      bases.map(({ id }) => id),
    );
    const listed = bases.flatMap((base): ListedBase[] => {
      const workspaceId = workspaces.get(base.id);
      const role = workspaceId && call.rights.roleIn(workspaceId);
      if (!workspaceId || !role) return [];
      return [
        { ...base, workspaceId, permissionLevel: lowerOf(base.permissionLevel, permissionLevel(role)) },
      ];
    });
    return next === undefined ? { bases: listed } : { bases: listed, offset: next };
  }

  async function describeBase(call: Call, baseId: string) {
    let offset: string | undefined;
    do {
      const page = await listBases(call, offset);
      const base = page.bases.find(({ id }) => id === baseId);
      if (base !== undefined)
        return { name: base.name, workspaceId: base.workspaceId, permission: base.permissionLevel };
      offset = page.offset;
    } while (offset !== undefined);
    throw notFound();
  }

  async function listTables(call: Call, baseId: string, include: TableParts = {}): Promise<Table[]> {
    const query = include.visibleFieldIds ? { 'include[]': ['visibleFieldIds'] } : {};
    const load = () =>
      send(call, baseId, { method: 'GET', path: tablesPath(baseId), query, response: Tables });
    const request = ['tables', ...Object.keys(query)];
    return (await cached(call, { base: baseId, request, ttlS, load })).tables;
  }

  return {
    listBases,
    listTables,
    describeBase,
    /** Not cached: collaborators change outside of this platform. */
    async showBase(call, baseId, parts) {
      const details = await send(call, baseId, {
        method: 'GET',
        path: ['meta', 'bases', baseId],
        query: { include: Object.keys(parts) },
        response: BaseDetails,
      });
      const { permission } = await describeBase(call, baseId);
      return { ...details, permissionLevel: permission };
    },
    createBase: (call, { workspace: _workspace, ...body }) =>
      write(call, noBase, { method: 'POST', path: ['meta', 'bases'], body, response: NewBase }),
    async deleteBase(call, baseId) {
      await write(call, baseId, {
        method: 'DELETE',
        path: ['meta', 'bases', baseId],
        response: z.object({}),
      });
      await forget(call, { base: noBase });
      await forgetSyncs(call.caller, baseId);
      return { id: baseId, deleted: true };
    },
    createTable: (call, baseId, body) =>
      write(call, baseId, { method: 'POST', path: tablesPath(baseId), body, response: Table }),
    changeTable: (call, baseId, table, body) =>
      write(call, baseId, { method: 'PATCH', path: tablesPath(baseId, table), body, response: Table }),
    createField(call, baseId, table, body) {
      const path = tablesPath(baseId, table, 'fields');
      return write(call, baseId, { method: 'POST', path, body, response: Field });
    },
    changeField(call, { baseId, table, fieldId }, body) {
      const path = tablesPath(baseId, table, 'fields', fieldId);
      return write(call, baseId, { method: 'PATCH', path, body, response: Field });
    },
    async forgetCached(call, { baseId, table }) {
      if (table === undefined) return forget(call, { base: baseId });
      if (baseId === undefined) return forget(call, { base: noBase, tables: [table] });
      // The cache knows a table by the id or name in the request.
      const known = (await listTables(call, baseId)).find(({ id, name }) => id === table || name === table);
      return forget(call, { base: baseId, tables: known === undefined ? [table] : [known.id, known.name] });
    },
  } satisfies Partial<Upstream>;
}
