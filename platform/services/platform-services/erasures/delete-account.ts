import type { ErasureOrder } from '../../../contracts/erasure.ts';
import type { Erasure } from '../../../contracts/platform-services/erasures.ts';
import { eraseRows } from '../../../kit/erasure/erase.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { AnnounceAuthority } from '../../../kit/rights/authority-changes.ts';
import { dropResetRequests } from '../recovery/reset-password.ts';
import { erasedTables } from './erased-tables.ts';
import { orderErasure } from './erasures.ts';

export interface DeleteAccountDeps {
  database: Database;
  /** Ends sessions and API keys in every service at once. */
  publishEnds(sessionIds: readonly string[]): Promise<void>;
  /** Ends the rights of the deleted users in every service. */
  announce: AnnounceAuthority;
  /** Time in which requests of the account may still write, seconds. */
  quietSeconds: number;
}

export interface DeleteAccountOptions {
  /** Whether the owner's deletion takes other users of the tenant along; otherwise it is rejected. */
  withOtherUsers: boolean;
}

interface OwnAccount {
  email: string;
  owns: boolean;
  others: boolean;
}

/** Locks the tenant, so that nobody joins meanwhile, and the user, so that no session starts. */
async function lockAccount(tx: Transaction, { userId }: Tenant): Promise<OwnAccount | undefined> {
  await tx.query('select 1 from identity.tenants for update');
  const { rows } = await tx.query<OwnAccount>(
    `select u.email, t.owner_id = u.id as owns,
            exists (select from identity.users o where o.id <> u.id) as others
     from identity.users u join identity.tenants t using (tenant_id)
     where u.id = $1 for update of u`,
    [userId],
  );
  return rows[0];
}

/** Ids of the sessions and of the rights of API keys that end. */
export async function endingIds(tx: Transaction, who: Tenant, wholeTenant: boolean): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from (
       select id, user_id from identity.sessions where revoked_at is null
       union all
       select grant_id, user_id from identity.personal_tokens
       union all
       select id, user_id from identity.grants where revoked_at is null
     ) as ending where $2 or user_id = $1`,
    [who.userId, wholeTenant],
  );
  return rows.map(({ id }) => id);
}

/** Tenants that still name the leaving persons in their audit logs. */
async function formerTenantsOf(
  tx: Transaction,
  who: Tenant,
  wholeTenant: boolean,
): Promise<Omit<ErasureOrder, 'whole_tenant'>[]> {
  const { rows } = await tx.query<Omit<ErasureOrder, 'whole_tenant'>>(
    `select f.former_tenant_id as tenant_id, u.id as user_id, u.email
     from identity.former_tenants f join identity.users u on u.id = f.user_id where $2 or u.id = $1`,
    [who.userId, wholeTenant],
  );
  return rows;
}

/** The users who go with the account. */
async function deletedUsers(
  tx: Transaction,
  who: Tenant,
  wholeTenant: boolean,
): Promise<{ id: string; email: string }[]> {
  const { rows } = await tx.query<{ id: string; email: string }>(
    'select id, email from identity.users where $2 or id = $1',
    [who.userId, wholeTenant],
  );
  return rows;
}

/** A workspace without an owner goes to the owner of the tenant. */
export const handOverWorkspaces = `
  insert into identity.workspace_members (workspace_id, user_id, tenant_id, role)
  select w.id, t.owner_id, t.tenant_id, 'owner' from identity.workspaces w join identity.tenants t using (tenant_id)
  where not exists (select from identity.workspace_members m
                    where m.workspace_id = w.id and m.role = 'owner' and m.user_id <> $1)
  on conflict (workspace_id, user_id) do update set role = 'owner' returning user_id`;

/**
 * Deletes an account with its sessions and API keys, and orders its erasure in every service. With the owner goes the
 * whole tenant. If the sessions cannot be ended everywhere, nothing is deleted.
 * @returns undefined when the account does not exist
 * @throws ProblemError `conflict`; `not_ready` when Redis cannot be reached
 */
export async function deleteAccount(
  { database, publishEnds, announce, quietSeconds }: DeleteAccountDeps,
  who: Tenant,
  { withOtherUsers }: DeleteAccountOptions,
): Promise<Erasure | undefined> {
  const deleted: string[] = [];
  const erasure = await database.withTenant(who, async (tx) => {
    const account = await lockAccount(tx, who);
    if (account === undefined) return undefined;
    const { email, owns, others } = account;
    if (owns && others && !withOtherUsers) {
      throw problem('conflict', {
        message: 'You own a tenant that has other users. They must delete their accounts first.',
      });
    }
    const order = { tenant_id: who.tenantId, user_id: who.userId, email, whole_tenant: owns };
    await publishEnds(await endingIds(tx, who, owns));
    const users = await deletedUsers(tx, who, owns);
    deleted.push(...users.map(({ id }) => id));
    if (!owns) await tx.query(handOverWorkspaces, [who.userId]);
    const formerTenants = await formerTenantsOf(tx, who, owns);
    await eraseRows({ withTenant: (_tenant, work) => work(tx) }, erasedTables, order);
    for (const { email } of users) await dropResetRequests(tx, email);
    const erasure = await orderErasure(tx, order, { quietSeconds });
    for (const former of formerTenants) {
      await tx.query(`select set_config('app.tenant_id', $1, true)`, [former.tenant_id]);
      await orderErasure(tx, { ...former, whole_tenant: false }, { quietSeconds });
    }
    return erasure;
  });
  await announce(deleted);
  return erasure;
}
