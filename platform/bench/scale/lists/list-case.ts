import { createHash } from 'node:crypto';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import type { ServiceName } from '../../../contracts/service.ts';
import type { ServiceRole } from '../../../database/roles.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

/** Whose rows a list shows. */
export interface Owner extends Tenant {
  workspaceId: string;
}

/** A list of a service, and how to fill it. In its SQL, `:tenant`, `:user` and `:workspace` are the owner's ids. */
export interface ListCase {
  id: string;
  title: string;
  service: ServiceName;
  role: ServiceRole;
  /** Path at the service. */
  path(owner: Owner): string;
  /** Name of the entries in the response. */
  entries: string;
  /** Column that tells the rows apart, and its field in an entry; default `id`. */
  key?: { column: string; field: string };
  list: ListDefinition;
  /** Condition on `e` that restricts the list beside row-level security. */
  where: string;
  /** Adds rows that the others refer to. Without effect when they exist. */
  before?: string;
  /** Adds every `:step`-th row from `:first` to `:last`. Up to six rows in a row have equal sort keys, apart from the last key. */
  fill: string;
  /** Reads one page as the service does. */
  read(database: Database, owner: Owner, paging: Paging): Promise<Paged & { entries: readonly object[] }>;
}

/** SQL for the time of row `n`. */
export const timeOfRow = `timestamptz '2026-01-01 00:00:00Z' + (n / 6) * interval '1 second'`;
/** SQL for the numbers of the rows. */
export const numbers = 'generate_series(:first, :last, :step) as n';

/** Puts the owner's ids and the numbers of rows into SQL of a case. */
export function bind(
  sql: string,
  { tenantId, userId, workspaceId }: Owner,
  rows: { first: number; last: number; step?: number } = { first: 0, last: 0 },
): string {
  const values: Record<string, string> = {
    tenant: `'${tenantId}'::uuid`,
    user: `'${userId}'::uuid`,
    workspace: `'${workspaceId}'::uuid`,
    first: String(rows.first),
    last: String(rows.last),
    step: String(rows.step ?? 1),
  };
  return sql.replaceAll(/(?<!:):(tenant|user|workspace|first|last|step)\b/g, (_, name) => values[name] ?? '');
}

/** The id of a row that there is once per tenant, in SQL and here: a uuid of version 4. */
export function idOf(kind: string): { sql: string; of(owner: Owner): string } {
  return {
    sql: `overlay(overlay(md5('${kind} ' || :tenant) placing '4' from 13) placing '8' from 17)::uuid`,
    of({ tenantId }) {
      const hex = createHash('md5').update(`${kind} ${tenantId}`).digest('hex');
      return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
    },
  };
}
