import type { Budget } from '../../../contracts/llm-orchestrator/budgets.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { formatDollars, type Micros, parseDollars } from './money.ts';

/** Budgets of conversations and users without a budget of their own, US dollars. */
export interface DefaultBudgets {
  /** Per conversation. */
  session: number;
  /** Per day. */
  user: number;
}

export type Budgets = readonly Budget[];

/** Selects the budgets of a user and, if given, of one conversation of the user. */
export interface BudgetQuery {
  userId: string;
  sessionId?: string | undefined;
  defaults: DefaultBudgets;
}

interface BudgetRow {
  scope: Budget['scope'];
  id: string;
  limit_amount: string;
  reset: Budget['reset'];
  alert_percent: number;
  spent: string;
}

/*
 * Spending is the sum of the ledger, where a running call counts with its maximum cost. There is no counter that
 * could drift, and a new period needs no reset. Days begin at midnight UTC, weeks on Monday.
 */
const statement = {
  name: 'budgets_and_spending',
  text: `
    with budgets as (
      select 'session' as scope, $2::text as id, coalesce(b.limit_amount, $3::numeric(16, 6)) as limit_amount,
             coalesce(b.reset, 'session') as reset, coalesce(b.alert_percent, 80) as alert_percent
      from (values (1)) one left join conversations.session_budgets b on b.user_id = $1 and b.session_id = $2
      where $2::text is not null
      union all
      select 'user', $1::uuid::text, coalesce(b.limit_amount, $4::numeric(16, 6)),
             coalesce(b.reset, 'daily'), coalesce(b.alert_percent, 80)
      from (values (1)) one left join conversations.user_budgets b on b.user_id = $1
    )
    select budgets.*, (
      select coalesce(sum(u.cost), 0)::numeric(16, 6) from conversations.api_usage_logs u
      where u.user_id = $1 and (budgets.scope = 'user' or u.session_id = $2)
        and u.created_at >= case budgets.reset
          when 'session' then '-infinity'::timestamptz
          when 'daily' then date_trunc('day', now(), 'UTC')
          when 'weekly' then date_trunc('week', now(), 'UTC')
          else date_trunc('month', now(), 'UTC') end
    ) as spent
    from budgets`,
};

/** The budgets that limit a user's calls, with the spending of the current period. */
export async function readBudgets(
  tx: Transaction,
  { userId, sessionId, defaults }: BudgetQuery,
): Promise<Budgets> {
  const { rows } = await tx.query<BudgetRow>(statement, [
    userId,
    sessionId ?? null,
    defaults.session,
    defaults.user,
  ]);
  return rows.map(toBudget);
}

function toBudget(row: BudgetRow): Budget {
  const limit = parseDollars(row.limit_amount);
  const spent = parseDollars(row.spent);
  return {
    scope: row.scope,
    id: row.id,
    limit: formatDollars(limit),
    spent: formatDollars(spent),
    remaining: formatDollars(Math.max(0, limit - spent)),
    reset: row.reset,
    alert_percent: row.alert_percent,
    status: spent >= limit ? 'exceeded' : spent * 100 >= limit * row.alert_percent ? 'alert' : 'ok',
  };
}

/** The first budget that an amount would exceed. */
export function exceededBy(budgets: Budgets, amount: Micros): Budget | undefined {
  return budgets.find(({ limit, spent }) => parseDollars(spent) + amount > parseDollars(limit));
}

/** One warning per budget whose spending has reached its alert percentage. */
export function budgetWarnings(budgets: Budgets): string[] {
  return budgets
    .filter(({ status }) => status !== 'ok')
    .map(
      ({ scope, reset, limit, spent }) =>
        `${spent} of the ${reset === 'session' ? '' : `${reset} `}${scope} budget of ${limit} US dollars are spent`,
    );
}

export interface BudgetChange {
  /** US dollars. */
  limit: number;
  reset: Budget['reset'];
  alert_percent: number;
}

/** Sets the budget of a conversation of the caller. False when there is no such conversation. */
export async function setSessionBudget(
  database: Database,
  who: Tenant,
  { id, change }: { id: string; change: BudgetChange },
): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    who,
    {
      name: 'set_session_budget',
      text: `insert into conversations.session_budgets (tenant_id, user_id, session_id, limit_amount, reset, alert_percent)
             select tenant_id, user_id, id, $2, $3, $4 from conversations.conversation_sessions where id = $1
             on conflict (tenant_id, session_id) do update
             set limit_amount = excluded.limit_amount, reset = excluded.reset,
                 alert_percent = excluded.alert_percent, updated_at = now()`,
    },
    [id, change.limit, change.reset, change.alert_percent],
  );
  return rowCount > 0;
}

/** Removes the budget of a conversation of the caller. False when there is none. */
export async function removeSessionBudget(database: Database, who: Tenant, id: string): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    who,
    {
      name: 'remove_session_budget',
      text: 'delete from conversations.session_budgets where session_id = $1',
    },
    [id],
  );
  return rowCount > 0;
}

/** Sets the budget of a user of the caller's tenant. */
export async function setUserBudget(
  database: Database,
  who: Tenant,
  { userId, change }: { userId: string; change: BudgetChange },
): Promise<void> {
  await database.tenantQuery(
    who,
    {
      name: 'set_user_budget',
      text: `insert into conversations.user_budgets (tenant_id, user_id, limit_amount, reset, alert_percent, updated_by)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (tenant_id, user_id) do update
             set limit_amount = excluded.limit_amount, reset = excluded.reset,
                 alert_percent = excluded.alert_percent, updated_by = excluded.updated_by, updated_at = now()`,
    },
    [who.tenantId, userId, change.limit, change.reset, change.alert_percent, who.userId],
  );
}
