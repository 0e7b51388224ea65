import type { ErasureOrder } from '../../contracts/erasure.ts';
import type { Database, Tenant } from '../postgres/database.ts';
import type { ErasedTable, Erasure } from './erased-table.ts';

/** Maximum time of one statement: a tenant may have very many rows. */
const statementTimeout = '5min';

function erasuresOf({ table, tenant, person }: ErasedTable, order: ErasureOrder): readonly Erasure[] {
  if (!order.whole_tenant) return person?.({ userId: order.user_id, email: order.email }) ?? [];
  if (tenant === 'cascade') return [];
  return [tenant === 'delete' ? { text: `delete from ${table}` } : tenant];
}

/** The tenant and user of an order. */
export function tenantOfOrder({ tenant_id, user_id }: ErasureOrder): Tenant {
  return { tenantId: tenant_id, userId: user_id };
}

/**
 * Erases the rows of a tenant, or of one person in it, in one transaction. Row-level security limits every statement to
 * the tenant. Idempotent.
 * @returns the number of rows that were found; 0 when nothing was left
 */
export function eraseRows(
  database: Pick<Database, 'withTenant'>,
  tables: readonly ErasedTable[],
  order: ErasureOrder,
): Promise<number> {
  return database.withTenant(tenantOfOrder(order), async (tx) => {
    await tx.query(`set local statement_timeout = '${statementTimeout}'`);
    let found = 0;
    for (const { text, values } of tables.flatMap((table) => erasuresOf(table, order))) {
      const { rows, rowCount } = await tx.query<{ erased?: number }>(text, values);
      found += rows[0]?.erased ?? rowCount;
    }
    return found;
  });
}
