import { randomUUID } from 'node:crypto';
import { erasingServices } from '../../../contracts/erasure.ts';
import { eraseRows } from '../../../kit/erasure/erase.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { type DeleteAccountDeps, endingIds, handOverWorkspaces } from '../erasures/delete-account.ts';
import { erasedTables } from '../erasures/erased-tables.ts';
import { orderErasure } from '../erasures/erasures.ts';
import { assertAdministers, lockUser, requireTenantRole } from './tenant-roles.ts';

/** The audit log of the tenant keeps who did what, also of users who have left. */
const tablesOfPerson = erasedTables.filter(({ table }) => table !== 'identity.audit_events');
/** platform-services has no more rows of the person than those that the removal itself deletes. */
const otherServices = erasingServices.filter((service) => service !== 'platform-services');

/** Creates the account again, as it was, as the owner of a new tenant. From here on the transaction acts for that tenant. */
async function moveToOwnTenant(
  tx: Transaction,
  account: Record<string, unknown>,
  formerTenants: readonly string[],
): Promise<void> {
  const tenantId = randomUUID();
  await tx.query(`select set_config('app.tenant_id', $1, true)`, [tenantId]);
  await tx.query('insert into identity.tenants (tenant_id, name, owner_id) values ($1, $2, $3)', [
    tenantId,
    account.name,
    account.id,
  ]);
  const moved = { ...account, tenant_id: tenantId, role: 'user', is_active: true };
  // Columns that PostgreSQL generates cannot be written.
  const { rows } = await tx.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
     where attrelid = 'identity.users'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  );
  const columns = rows[0]?.columns;
  await tx.query(
    `insert into identity.users (${columns})
     select ${columns} from jsonb_populate_record(null::identity.users, $1::jsonb)`,
    [moved],
  );
  await tx.query(
    `with w as (
       insert into identity.workspaces (tenant_id, name, is_default, created_by)
       values ($1, 'My workspace', true, $2) returning id
     )
     insert into identity.workspace_members (workspace_id, user_id, tenant_id, role) select id, $2, $1, 'owner' from w`,
    [tenantId, account.id],
  );
  await tx.query(
    `insert into identity.former_tenants (tenant_id, user_id, former_tenant_id)
     select $1, $2, former from unnest($3::uuid[]) as former`,
    [tenantId, account.id, formerTenants],
  );
}

/**
 * Removes a user from the tenant. An account belongs to exactly one tenant, so it moves to a new one of its own. Deleting
 * it would take the person's account away; keeping it deactivated would block the address for ever. What the person has
 * in this tenant is handled as for a deleted account, except for the audit log. If the sessions cannot be ended
 * everywhere, nothing is changed.
 * @returns the users whose rights have changed
 * @throws ProblemError `not_found`, `forbidden`, `not_ready`, or `conflict` for the owner and the caller
 */
export function removeUser(
  { database, publishEnds, quietSeconds }: DeleteAccountDeps,
  who: Tenant,
  userId: string,
  origin: Origin,
): Promise<string[]> {
  return database.withTenant(who, async (tx) => {
    const actor = await requireTenantRole(tx, who, 'admin');
    const subject = await lockUser(tx, userId);
    assertAdministers(actor, subject);
    if (userId === who.userId)
      throw problem('conflict', {
        message: 'You cannot remove yourself. Another administrator can, or delete your account.',
      });
    const { rows } = await tx.query<{ account: Record<string, unknown>; former: string[] }>(
      `select to_jsonb(u) as account,
              array(select f.former_tenant_id from identity.former_tenants f where f.user_id = u.id) as former
       from identity.users u where u.id = $1`,
      [userId],
    );
    const { account, former } = rows[0] as (typeof rows)[number];
    const order = { tenant_id: who.tenantId, user_id: userId, email: subject.email, whole_tenant: false };
    await publishEnds(await endingIds(tx, { ...who, userId }, false));
    const heirs = await tx.query<{ user_id: string }>(handOverWorkspaces, [userId]);
    await tx.query('delete from identity.invitations where invited_by = $1 and accepted_at is null', [
      userId,
    ]);
    await eraseRows({ withTenant: (_tenant, work) => work(tx) }, tablesOfPerson, order);
    await auditChange(tx, who, origin, { event: 'user_removed', subject: userId });
    await orderErasure(tx, order, { quietSeconds, services: otherServices });
    await moveToOwnTenant(tx, account, [...new Set([...former, who.tenantId])]);
    return [...new Set([userId, ...heirs.rows.map(({ user_id }) => user_id)])];
  });
}
