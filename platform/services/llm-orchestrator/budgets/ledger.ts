import type { Budget } from '../../../contracts/llm-orchestrator/budgets.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { type Budgets, type DefaultBudgets, exceededBy, readBudgets } from './budgets.ts';
import { formatDollars, type Micros } from './money.ts';
import type { Tokens } from './prices.ts';

/** Money reserved for one call of the model. */
export interface Reservation {
  id: string;
  amount: Micros;
}

export interface ReservationRequest {
  sessionId: string;
  model: string;
  /** Amounts in the order of preference. The first one that fits all budgets is reserved. */
  amounts: readonly [Micros, ...Micros[]];
  defaults: DefaultBudgets;
}

/**
 * Reserves money before a call. A lock serializes the calls of one user, so that simultaneous calls cannot exceed a
 * budget together.
 * @throws ProblemError `rate_limited` when no amount fits
 */
export async function reserve(
  database: Database,
  who: Tenant,
  { sessionId, model, amounts, defaults }: ReservationRequest,
): Promise<Reservation> {
  return database.withTenant(who, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `budgets of ${who.tenantId} ${who.userId}`,
    ]);
    const budgets = await readBudgets(tx, { userId: who.userId, sessionId, defaults });
    const amount = amounts.find((one) => exceededBy(budgets, one) === undefined);
    if (amount === undefined) throw budgetExceeded(budgets, amounts.at(-1) as Micros);
    // The time after the lock, not of the transaction's begin: after a wait across midnight it is the new day.
    const { rows } = await tx.query<{ id: string }>(
      `insert into conversations.api_usage_logs (tenant_id, user_id, session_id, model, status, cost, created_at)
       values ($1, $2, $3, $4, 'reserved', $5, clock_timestamp()) returning id`,
      [who.tenantId, who.userId, sessionId, model, formatDollars(amount)],
    );
    return { id: (rows[0] as { id: string }).id, amount };
  });
}

function budgetExceeded(budgets: Budgets, amount: Micros) {
  const { scope, limit, spent } = exceededBy(budgets, amount) as Budget;
  return problem('rate_limited', {
    message: `This message would exceed the ${scope} budget of ${limit} US dollars: ${spent} are spent or reserved, and the message is estimated at ${formatDollars(amount)}.`,
  });
}

/** Replaces the reserved amount by the actual cost. */
export async function settle(
  database: Database,
  who: Tenant,
  usage: { reservation: Reservation; tokens: Tokens; cost: Micros; responseTimeMs: number },
): Promise<void> {
  await database.tenantQuery(
    who,
    {
      name: 'settle_usage',
      text: `update conversations.api_usage_logs
             set status = 'completed', input_tokens = $2, output_tokens = $3, thinking_tokens = $4, cost = $5,
                 response_time_ms = $6
             where id = $1`,
    },
    [
      usage.reservation.id,
      usage.tokens.input,
      usage.tokens.output,
      usage.tokens.thinking,
      formatDollars(usage.cost),
      Math.round(usage.responseTimeMs),
    ],
  );
}

/** Ends the reservation of a failed call: counts it as spent when the call may have been charged, else releases it. */
export async function settleFailure(
  database: Database,
  who: Tenant,
  { reservation, maybeCharged }: { reservation: Reservation; maybeCharged: boolean },
): Promise<void> {
  const text = maybeCharged
    ? `update conversations.api_usage_logs set status = 'unknown' where id = $1`
    : 'delete from conversations.api_usage_logs where id = $1';
  const name = maybeCharged ? 'keep_usage' : 'release_usage';
  await database.tenantQuery(who, { name, text }, [reservation.id]);
}

/** A row has at most millions of tokens, so sums are exact. */
const totals = `count(*) as calls, coalesce(sum(cost), 0)::numeric(16, 6) as total_cost`;

export interface SessionCost {
  calls: number;
  total_tokens: number;
  total_cost: string;
}

/** The cost of a conversation of the caller. */
export async function sessionCost(database: Database, who: Tenant, sessionId: string): Promise<SessionCost> {
  const { rows } = await database.tenantQuery<SessionCost>(
    who,
    {
      name: 'session_cost',
      text: `select ${totals},
               coalesce(sum(input_tokens::bigint + output_tokens + thinking_tokens), 0)::bigint as total_tokens
             from conversations.api_usage_logs where user_id = $1 and session_id = $2`,
    },
    [who.userId, sessionId],
  );
  return rows[0] as SessionCost;
}

/** The tenant's spending since midnight UTC. */
export async function spentToday(database: Database, who: Tenant): Promise<string> {
  const { rows } = await database.tenantQuery<{ total_cost: string }>(who, {
    name: 'spent_today',
    text: `select ${totals} from conversations.api_usage_logs where created_at >= date_trunc('day', now(), 'UTC')`,
  });
  return (rows[0] as { total_cost: string }).total_cost;
}

export interface DayCost {
  date: string;
  calls: number;
  total_cost: string;
}

/** The tenant's spending per day (UTC) in the last `days` days including today, oldest first, without empty days. */
export async function costPerDay(database: Database, who: Tenant, days: number): Promise<DayCost[]> {
  const { rows } = await database.tenantQuery<DayCost>(
    who,
    {
      name: 'cost_per_day',
      text: `select to_char(date_trunc('day', created_at, 'UTC') at time zone 'UTC', 'YYYY-MM-DD') as date, ${totals}
             from conversations.api_usage_logs
             where created_at >= date_trunc('day', now(), 'UTC') - make_interval(days => $1::integer - 1)
             group by 1 order by 1`,
    },
    [days],
  );
  return rows;
}
