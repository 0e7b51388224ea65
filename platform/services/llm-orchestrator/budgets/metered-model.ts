import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import {
  ModelFailure,
  type ModelReply,
  type ModelRequest,
  type ModelUpstream,
  type ReplyOptions,
} from '../model-upstream.ts';
import type { DefaultBudgets } from './budgets.ts';
import { estimatedOutput, estimateTokens } from './estimate.ts';
import { reserve, settle, settleFailure } from './ledger.ts';
import { type Cost, costOf, mostCost } from './prices.ts';

export interface MeteredReply extends ModelReply {
  cost: Cost;
  responseTimeMs: number;
}

export interface MeteredModel {
  /**
   * Asks the model within the caller's budgets. The request's limit of output is a wish: a budget that has no room
   * for it, but for the estimate of 1,500 tokens, makes the answer end there.
   * @throws ProblemError `rate_limited` before anything is spent when the budgets have no room; ModelFailure
   */
  reply(
    who: Tenant,
    call: { sessionId: string; request: ModelRequest } & ReplyOptions,
  ): Promise<MeteredReply>;
}

/**
 * The model with a meter: money for the most that a call can cost is set aside before it and settled after it. The
 * input is counted exactly, and the output is limited to what was set aside.
 */
export function createMeteredModel({
  upstream,
  database,
  defaults,
}: {
  upstream: ModelUpstream;
  database: Database;
  defaults: DefaultBudgets;
}): MeteredModel {
  return {
    async reply(who, { sessionId, request, signal, onText }) {
      const { model, thinkingBudget } = request;
      const input = await upstream.countTokens(request, signal);
      const mostFor = (output: number) =>
        Math.max(
          mostCost(model, { input, generated: output + thinkingBudget }),
          costOf(model, estimateTokens(input, thinkingBudget)).total,
        );
      const wished = mostFor(request.maxOutputTokens);
      const least = mostFor(Math.min(estimatedOutput, request.maxOutputTokens));
      const reservation = await reserve(database, who, {
        sessionId,
        model,
        amounts: [wished, least],
        defaults,
      });
      const maxOutputTokens = reservation.amount < wished ? estimatedOutput : request.maxOutputTokens;
      const started = performance.now();
      let reply: ModelReply;
      try {
        reply = await upstream.reply(
          { ...request, maxOutputTokens },
          { signal, ...(onText ? { onText } : {}) },
        );
      } catch (error) {
        const maybeCharged = !(error instanceof ModelFailure) || error.maybeCharged;
        await settleFailure(database, who, { reservation, maybeCharged });
        throw error;
      }
      const responseTimeMs = performance.now() - started;
      const cost = costOf(model, reply.tokens);
      await settle(database, who, { reservation, tokens: reply.tokens, cost: cost.total, responseTimeMs });
      return { ...reply, cost, responseTimeMs };
    },
  };
}
