import type { Database } from '../postgres/database.ts';

/**
 * Answers `grantsInUse` of the contract.
 * @param rows query of the `grant_id` of everything that uses a grant, with the asked ids as `$1`
 */
export function findUsedGrants(
  database: Pick<Database, 'tenantQuery'>,
  rows: string,
): (request: { body: { tenant_id: string; grant_ids: string[] } }) => Promise<{ in_use: string[] }> {
  const statement = { name: 'grants_in_use', text: `select distinct grant_id from (${rows}) as used` };
  return async ({ body }) => {
    const who = { tenantId: body.tenant_id, userId: body.tenant_id };
    const used = await database.tenantQuery<{ grant_id: string }>(who, statement, [body.grant_ids]);
    return { in_use: used.rows.map(({ grant_id }) => grant_id) };
  };
}
