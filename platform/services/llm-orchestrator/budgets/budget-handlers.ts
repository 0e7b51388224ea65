import type { AccessClaims } from '../../../contracts/identity.ts';
import type { Budget } from '../../../contracts/llm-orchestrator/budgets.ts';
import type { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { fieldProblem, problem } from '../../../kit/http/problem.ts';
import type { Tenant } from '../../../kit/postgres/database.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import type { ChatDeps } from '../chat/chat.ts';
import { hasSession } from '../sessions/sessions.ts';
import { exceededBy, readBudgets, removeSessionBudget, setSessionBudget, setUserBudget } from './budgets.ts';
import { estimateTextTokens, estimateTokens } from './estimate.ts';
import { costPerDay, spentToday } from './ledger.ts';
import { formatDollars, parseDollars } from './money.ts';
import { costOf, prices } from './prices.ts';

export interface BudgetHandlerDeps extends Pick<ChatDeps, 'database' | 'budgets' | 'upstream' | 'settings'> {
  authorities: Authorities;
}

/** Budgets, estimates and costs. */
export function budgetHandlers({
  database,
  budgets: defaults,
  upstream,
  settings,
  authorities,
}: BudgetHandlerDeps) {
  const read = (who: Tenant, query: { userId: string; sessionId?: string | undefined }) =>
    database.withTenant(who, (tx) => readBudgets(tx, { ...query, defaults }));

  async function sessionBudget(who: Tenant, id: string): Promise<Budget> {
    if (!(await hasSession(database, who, id))) throw problem('not_found');
    const [budget] = await read(who, { userId: who.userId, sessionId: id });
    return budget as Budget;
  }

  /** @throws ProblemError `not_found` when the caller's tenant has no such user */
  async function assertColleague({ user_id, tenant_id }: AccessClaims, userId: string): Promise<void> {
    if (userId === user_id) return;
    if ((await authorities.of({ user_id: userId, tenant_id })) === undefined) throw problem('not_found');
  }

  async function userBudget(who: Tenant, userId: string): Promise<Budget> {
    const [budget] = await read(who, { userId });
    return budget as Budget;
  }

  return {
    async setSessionBudget({ caller, params: { id }, body }) {
      const who = tenantOf(caller);
      if (!(await setSessionBudget(database, who, { id, change: body }))) throw problem('not_found');
      return sessionBudget(who, id);
    },

    sessionBudget: ({ caller, params: { id } }) => sessionBudget(tenantOf(caller), id),

    async removeSessionBudget({ caller, params: { id } }) {
      if (!(await removeSessionBudget(database, tenantOf(caller), id))) throw problem('not_found');
    },

    async setUserBudget({ caller, params: { id }, body }) {
      if (body.reset === 'session')
        throw fieldProblem(['body', 'reset'], 'A user’s budget resets daily, weekly or monthly');
      await assertColleague(caller, id);
      const who = tenantOf(caller);
      await setUserBudget(database, who, { userId: id, change: body });
      return userBudget(who, id);
    },

    async userBudget({ caller, params: { id } }) {
      await assertColleague(caller, id);
      return userBudget(tenantOf(caller), id);
    },

    async estimateCost({ caller, body }) {
      const who = tenantOf(caller);
      const model = body.model ?? settings.model;
      const tokens = estimateTokens(estimateTextTokens(body.message));
      const { total } = costOf(model, tokens);
      const state = await read(who, { userId: who.userId, sessionId: body.session_id });
      return {
        model,
        input_tokens: tokens.input,
        total_cost: formatDollars(total),
        allowed: exceededBy(state, total) === undefined,
      };
    },

    async costStatus({ caller }) {
      const spent = await spentToday(database, tenantOf(caller));
      return {
        enabled: true,
        model: settings.model,
        model_status: upstream.missing === undefined ? ('configured' as const) : ('not_configured' as const),
        ...(upstream.missing === undefined ? {} : { model_problem: upstream.missing }),
        spent_today: spent,
        prices: Object.entries(prices).map(([model, price]) => ({
          model,
          input: formatDollars(price.input),
          output: formatDollars(price.output),
          thinking: formatDollars(price.thinking),
        })),
      };
    },

    async costAnalytics({ caller, query }) {
      const days = await costPerDay(database, tenantOf(caller), query.days);
      const total = days.reduce((sum, day) => sum + parseDollars(day.total_cost), 0);
      return { days, total_cost: formatDollars(total) };
    },
  } satisfies Handlers<typeof llmOrchestrator>;
}
