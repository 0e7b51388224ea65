import { deletesOwn, type ErasedTable, keepsNameless } from '../../../kit/erasure/erased-table.ts';
import { erasedKeys } from '../../../kit/idempotency/erased-keys.ts';

/** How the deletion of an account changes the rows of each table. */
export const erasedTables: readonly ErasedTable[] = [
  {
    table: 'identity.outgoing_events',
    tenant: 'delete',
    person: deletesOwn('identity.outgoing_events', 'user_id'),
  },
  {
    table: 'identity.mails',
    tenant: 'delete',
    person: ({ userId, email }) => [
      {
        text: 'delete from identity.mails where user_id = $1 or lower(recipient) = lower($2)',
        values: [userId, email],
      },
    ],
  },
  {
    table: 'identity.workspaces',
    tenant: 'cascade',
    person: keepsNameless('identity.workspaces', 'created_by'),
  },
  {
    table: 'identity.invitations',
    tenant: 'cascade',
    person: ({ userId, email }) => [
      {
        text: 'delete from identity.invitations where lower(email) = lower($1)',
        values: [email],
      },
      ...keepsNameless('identity.invitations', 'invited_by', 'accepted_by')({ userId, email }),
    ],
  },
  {
    table: 'identity.analytics_events',
    tenant: 'cascade',
    person: deletesOwn('identity.analytics_events', 'user_id'),
  },
  { table: 'identity.sessions', tenant: 'cascade', person: deletesOwn('identity.sessions', 'user_id') },
  // With their session.
  { table: 'identity.refresh_tokens', tenant: 'cascade' },
  {
    table: 'identity.personal_tokens',
    tenant: 'cascade',
    person: deletesOwn('identity.personal_tokens', 'user_id'),
  },
  { table: 'identity.grants', tenant: 'cascade', person: deletesOwn('identity.grants', 'user_id') },
  {
    table: 'identity.workspace_members',
    tenant: 'cascade',
    person: deletesOwn('identity.workspace_members', 'user_id'),
  },
  {
    table: 'identity.former_tenants',
    tenant: 'cascade',
    person: deletesOwn('identity.former_tenants', 'user_id'),
  },
  {
    table: 'identity.changed_users',
    tenant: 'delete',
    person: deletesOwn('identity.changed_users', 'user_id'),
  },
  // With their export.
  { table: 'identity.export_parts', tenant: 'cascade' },
  {
    table: 'identity.exports',
    tenant: 'cascade',
    person: deletesOwn('identity.exports', 'user_id'),
  },
  {
    table: 'identity.account_tokens',
    tenant: 'cascade',
    person: deletesOwn('identity.account_tokens', 'user_id'),
  },
  { table: 'identity.users', tenant: 'cascade', person: deletesOwn('identity.users', 'id') },
  { table: 'identity.tenants', tenant: 'delete' },
  {
    table: 'identity.audit_events',
    tenant: { text: 'select identity.erase_audit_events() as erased' },
    person: ({ userId, email }) => [
      { text: 'select identity.forget_in_audit($1, $2) as erased', values: [userId, email] },
    ],
  },
  erasedKeys('identity'),
  // Deleted as soon as their service confirms.
  { table: 'identity.erasure_tasks', tenant: { text: 'select 0 as erased' } },
];
