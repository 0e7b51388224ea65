import { registrationScopes } from '../../../contracts/platform-services/grants.ts';

/*
 * Parameters of both statements: $1 tenant, $2 user, $3 email, $4 name, $5 first name, $6 last name,
 * $7 password hash, $8 session, $9 address, $10 user agent, $11 refresh token's hash, $12 lifetime of a refresh
 * token in days, $13 lifetime of a session in days, $14 id of the audit event, $15 request id, $16 hash of the token that
 * confirms the address, $17 its lifetime in seconds, $18 id of the mail with it, $19 the mail's content. Only for joining:
 * $20 invitation's hash.
 */

/**
 * The grant with which saga-service acts for the new user in sagas that the registration starts. It is made in the
 * same transaction, since nobody is there later to ask for it. The event may wait for days while saga-service is away, so
 * it is not taken for unused before.
 */
const newGrant = `
  new_grant as (
    insert into identity.grants
      (id, tenant_id, user_id, service, purpose, run_id, level, scopes, compensation_scopes, check_at)
    select gen_random_uuid(), tenant_id, $2, 'saga-service', 'Sagas that a registration starts', 'user.registered',
           'read', '{${registrationScopes.run.join(',')}}', '{${registrationScopes.compensation.join(',')}}',
           clock_timestamp() + interval '7 days'
    from target
    returning id
  )`;

const userAndSession = `
  new_user as (
    insert into identity.users
      (id, tenant_id, email, name, first_name, last_name, password_hash, last_login_at, role)
    select $2, tenant_id, $3, $4, $5, $6, $7, now(), tenant_role from target
    returning created_at, role as tenant_role
  ), new_session as (
    insert into identity.sessions (id, tenant_id, user_id, address, user_agent, expires_at)
    select $8, tenant_id, $2, $9, $10, now() + make_interval(days => $13) from target
  ), new_refresh_token as (
    insert into identity.refresh_tokens (token_hash, tenant_id, session_id, expires_at)
    select $11, tenant_id, $8, now() + make_interval(days => least($12::int, $13::int)) from target
  ), new_member as (
    insert into identity.workspace_members (workspace_id, user_id, tenant_id, role)
    select workspace_id, $2, tenant_id, role from target
  ), new_audit_event as (
    insert into identity.audit_events (id, tenant_id, actor_id, event, outcome, address, user_agent, request_id)
    select $14, tenant_id, $2, 'register', 'success', $9, $10, $15 from target
  ), new_account_token as (
    insert into identity.account_tokens (token_hash, tenant_id, user_id, purpose, email, expires_at)
    select $16, tenant_id, $2, 'verify_email', $3, now() + make_interval(secs => $17) from target
  ), new_mail as (
    insert into identity.mails (id, tenant_id, user_id, kind, recipient, content, useful_until)
    select $18, tenant_id, $2, 'email_verification', $3, $19, now() + make_interval(secs => $17) from target
  ), ${newGrant}, new_event as (
    insert into identity.outgoing_events (tenant_id, user_id, type, data)
    select tenant_id, $2, 'user.registered',
           jsonb_build_object('workspace_id', workspace_id, 'role', role, 'tenant_role', tenant_role,
                              'grant_id', new_grant.id)
    from target, new_grant
  )
  select new_user.created_at, new_user.tenant_role, target.workspace_id from new_user, target`;

/** Creates a tenant with a default workspace, owned by the new user. */
export const registerStatement = {
  name: 'register',
  text: `
  with new_tenant as (
    insert into identity.tenants (tenant_id, name, owner_id) values ($1, $4, $2) returning tenant_id
  ), target as (
    insert into identity.workspaces (tenant_id, name, is_default, created_by)
    select tenant_id, 'My workspace', true, $2 from new_tenant
    returning tenant_id, id as workspace_id, 'owner' as role, 'user' as tenant_role
  ), ${userAndSession}`,
};

/** Joins the tenant and workspace of an invitation and marks it as used. No row when it is used or expired. */
export const joinStatement = {
  name: 'join',
  text: `
  with target as (
    update identity.invitations set accepted_at = now(), accepted_by = $2
    where token_hash = $20 and tenant_id = $1 and accepted_at is null and expires_at > now()
    returning tenant_id, workspace_id, role, tenant_role
  ), ${userAndSession}`,
};
