import type { z } from 'zod';
import type { AuditEvent, auditRoutes } from '../../../contracts/platform-services/audit.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

export type AuditQuery = z.output<(typeof auditRoutes)['auditEvents']['query']> & {
  /** All events of the tenant; otherwise those of the user. */
  ofTenant: boolean;
};

const readAudit = {
  name: 'read_audit',
  text: `
    with matching as (
      select * from identity.audit_events
      where ($2::text is null or event = $2) and ($3::text is null or outcome = $3)
        and ($6::bool or actor_id = $1)
    )
    select (select count(*) from matching) as total, page.*
    from (values (1)) as always(x)
    left join lateral (
      select id, event, outcome, actor_id, subject, address, user_agent, request_id, acting_service, run_id, details,
             created_at
      from matching order by created_at desc, id limit $4 offset $5
    ) page on true`,
};

/** One page of audit events, newest first. */
export async function readAuditEvents(
  database: Database,
  who: Tenant,
  { page, page_size, event, outcome, ofTenant }: AuditQuery,
): Promise<{ events: AuditEvent[]; total: number }> {
  const { rows } = await database.tenantQuery<AuditEvent & { total: number }>(who, readAudit, [
    who.userId,
    event ?? null,
    outcome ?? null,
    page_size,
    (page - 1) * page_size,
    ofTenant,
  ]);
  return { total: rows[0]?.total ?? 0, events: rows.filter(({ id }) => id !== null) };
}
