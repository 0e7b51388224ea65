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
import { type Cost, costOf, maximumCost } from './prices.ts';

export interface MeteredReply extends ModelReply {
  cost: Cost;
  responseTimeMs: number;
}

export interface MeteredModel {
  /**
   * Calls the model within the caller's budgets. If a budget cannot cover the requested output but can cover the
   * estimate of 1,500 tokens, the reply is limited to that.
   * @throws ProblemError `rate_limited` before any spending when the budgets are too small; ModelFailure
   */
  reply(
    who: Tenant,
    call: { sessionId: string; request: ModelRequest } & ReplyOptions,
  ): Promise<MeteredReply>;
}

/**
 * A model with cost control: it reserves the maximum cost before a call and settles the actual cost after it. The
 * input is counted exactly, and the output is limited to the reserved amount.
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
      const maximumFor = (output: number) =>
        Math.max(
          maximumCost(model, { input, generated: output + thinkingBudget }),
          costOf(model, estimateTokens(input, thinkingBudget)).total,
        );
      const requested = maximumFor(request.maxOutputTokens);
      const minimum = maximumFor(Math.min(estimatedOutput, request.maxOutputTokens));
      const reservation = await reserve(database, who, {
        sessionId,
        model,
        amounts: [requested, minimum],
        defaults,
      });
      const maxOutputTokens = reservation.amount < requested ? estimatedOutput : request.maxOutputTokens;
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
