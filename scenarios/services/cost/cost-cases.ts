import type { ServiceName } from '../../../platform/contracts/service.ts';

/** A list of a tenant, and how to make it long. */
export interface CostCase {
  list: string;
  service: ServiceName;
  /** Path at the service. */
  path: string;
  /** Name of the entries in the response. */
  entries: string;
  table: string;
  /** Adds `$4` rows to the list: `$1` is the tenant, `$2` the user, `$3` the workspace. */
  fill: string;
  /** Deletes these rows of tenant `$1`. */
  clear: string;
}

const rows = 'generate_series(1, $4::int) as n';
/** Older than everything that the user of the check does, and younger than everything that retention deletes. */
const time = `now() - interval '1 day' + n * interval '1 second'`;
const clear = (table: string) =>
  `delete from ${table} where tenant_id = $1 and created_at < now() - interval '1 hour'`;

export const costCases: readonly CostCase[] = [
  {
    list: 'audit log',
    service: 'platform-services',
    path: '/audit/events',
    entries: 'events',
    table: 'identity.audit_events',
    fill: `insert into identity.audit_events (id, tenant_id, actor_id, event, outcome, created_at)
           select gen_random_uuid(), $1::uuid, $2::uuid, 'login', 'success', ${time} from ${rows} where $3::uuid is not null`,
    clear: clear('identity.audit_events'),
  },
  {
    list: 'sagas',
    service: 'saga-service',
    path: '/saga',
    entries: 'sagas',
    table: 'sagas.sagas',
    fill: `insert into sagas.sagas (tenant_id, id, started_by, workspace_id, pattern, status, metadata, definition, input,
             request_hash, timeout_at, created_at, updated_at)
           select $1::uuid, gen_random_uuid(), $2::uuid, $3::uuid, 'orchestration', 'completed', '{}', '[]', '{}', '', ${time}, ${time}, ${time}
           from ${rows}`,
    clear: clear('sagas.sagas'),
  },
  {
    list: 'workflows',
    service: 'automation-services',
    path: '/workflows',
    entries: 'workflows',
    table: 'automation.workflows',
    fill: `insert into automation.workflows
             (tenant_id, workspace_id, owner_id, name, steps, status, max_retries, timeout_s, created_at)
           select $1::uuid, $3::uuid, $2::uuid, 'Workflow ' || n, '[]', 'active', 0, 60, ${time} from ${rows}`,
    clear: clear('automation.workflows'),
  },
  {
    list: 'notifications',
    service: 'automation-services',
    path: '/notifications',
    entries: 'notifications',
    table: 'automation.notifications',
    fill: `insert into automation.notifications (tenant_id, recipient_id, subject, body, created_at)
           select $1::uuid, $2::uuid, 'Notification ' || n, '', ${time} from ${rows} where $3::uuid is not null`,
    clear: clear('automation.notifications'),
  },
];
