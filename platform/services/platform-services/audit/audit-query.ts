import type { AuditEvent } from '../../../contracts/platform-services/audit.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

export interface AuditQuery {
  page: number;
  pageSize: number;
  event: string | undefined;
  outcome: 'success' | 'failure' | undefined;
}

const readAudit = {
  name: 'read_audit',
  text: `
    with matching as (
      select * from identity.audit_events
      where ($2::text is null or event = $2) and ($3::text is null or outcome = $3)
        and (actor_id = $1 or exists (select 1 from identity.tenants where owner_id = $1))
    )
    select (select count(*) from matching) as total, page.*
    from (values (1)) as always(x)
    left join lateral (
      select id, event, outcome, actor_id, subject, address, user_agent, request_id, details, created_at
      from matching order by created_at desc, id limit $4 offset $5
    ) page on true`,
};

/** One page of security events, the latest first: all of the tenant for its owner, their own for others. */
export async function readAuditEvents(
  database: Database,
  who: Tenant,
  query: AuditQuery,
): Promise<{ events: AuditEvent[]; total: number }> {
  const { rows } = await database.tenantQuery<AuditEvent & { total: number }>(who, readAudit, [
    who.userId,
    query.event ?? null,
    query.outcome ?? null,
    query.pageSize,
    (query.page - 1) * query.pageSize,
  ]);
  return { total: rows[0]?.total ?? 0, events: rows.filter(({ id }) => id !== null) };
}
