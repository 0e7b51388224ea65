import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { AnalyticsEvent, analyticsRoutes } from '../../../contracts/platform-services/analytics.ts';
import { fieldProblem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

/** Maximum lead of a client's clock, milliseconds. */
const clockLeewayMs = 60_000;
const dayMs = 86_400_000;
const defaultDays = 30;
/** Maximum period of one usage report, days. */
const maxDays = 366;

type UsageRoute = (typeof analyticsRoutes)['usage'];
type Usage = z.output<UsageRoute['success']['schema']>;

/** @throws ProblemError `validation_failed` for a workspace that the user may not see */
function assertWorkspaces(
  events: readonly z.output<typeof AnalyticsEvent>[],
  workspaceIds: readonly string[],
): void {
  const index = events.findIndex(({ workspace_id: id }) => id !== undefined && !workspaceIds.includes(id));
  if (index >= 0)
    throw fieldProblem(
      ['body', 'events', index, 'workspace_id'],
      'The user is not a member of this workspace',
    );
}

/**
 * @param workspaceIds the workspaces that the user may see
 * @returns the number of recorded events
 * @throws ProblemError `validation_failed` for an event in the future or in another user's workspace
 */
export async function recordEvents(
  database: Database,
  who: Tenant,
  events: readonly z.output<typeof AnalyticsEvent>[],
  workspaceIds: readonly string[],
): Promise<number> {
  assertWorkspaces(events, workspaceIds);
  const now = Date.now();
  const rows = events.map((event, index) => {
    const occurred = event.occurred_at === undefined ? now : Date.parse(event.occurred_at);
    if (occurred > now + clockLeewayMs)
      throw fieldProblem(['body', 'events', index, 'occurred_at'], 'Must not be in the future');
    return {
      id: randomUUID(),
      event: event.event,
      workspace_id: event.workspace_id ?? null,
      properties: event.properties,
      occurred_at: new Date(occurred).toISOString(),
    };
  });
  const { rowCount } = await database.tenantQuery(
    who,
    {
      name: 'record_analytics',
      text: `insert into identity.analytics_events (id, tenant_id, user_id, event, workspace_id, properties, occurred_at)
             select e.id, $1, $2, e.event, e.workspace_id, e.properties, e.occurred_at
             from jsonb_to_recordset($3::jsonb)
               as e(id uuid, event text, workspace_id uuid, properties jsonb, occurred_at timestamptz)`,
    },
    [who.tenantId, who.userId, JSON.stringify(rows)],
  );
  return rowCount;
}

const isoDate = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/**
 * Counts events of workspaces that the user may see, and events without a workspace.
 * @param workspaceIds the workspaces that the user may see
 * @throws ProblemError `validation_failed` for a period that is reversed or longer than a year
 */
export async function readUsage(
  database: Database,
  who: Tenant,
  query: z.output<UsageRoute['query']>,
  workspaceIds: readonly string[],
): Promise<Usage> {
  const to = query.to ?? isoDate(Date.now());
  const from = query.from ?? isoDate(Date.parse(to) - (defaultDays - 1) * dayMs);
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) throw fieldProblem(['query', 'from'], 'Must not be after the last day');
  if (days > maxDays) throw fieldProblem(['query', 'from'], `The period is longer than ${maxDays} days`);
  const { rows } = await database.tenantQuery<Omit<Usage, 'from' | 'to'>>(
    who,
    {
      name: 'read_usage',
      text: `
        with chosen as (
          select event, user_id, (occurred_at at time zone 'UTC')::date as day
          from identity.analytics_events
          where occurred_at >= $1::date::timestamp at time zone 'UTC'
            and occurred_at < ($2::date + 1)::timestamp at time zone 'UTC'
            and ($3::text is null or event = $3)
            and (workspace_id is null or workspace_id = any($4::uuid[]))
        )
        select
          (select count(*) from chosen) as total,
          (select count(distinct user_id) from chosen) as active_users,
          coalesce((select jsonb_agg(jsonb_build_object('event', event, 'count', n) order by n desc, event)
                    from (select event, count(*) as n from chosen group by event) e), '[]') as by_event,
          coalesce((select jsonb_agg(jsonb_build_object('day', day, 'count', n) order by day)
                    from (select day, count(*) as n from chosen group by day) d), '[]') as by_day`,
    },
    [from, to, query.event ?? null, workspaceIds],
  );
  return { from, to, ...(rows[0] as Omit<Usage, 'from' | 'to'>) };
}
