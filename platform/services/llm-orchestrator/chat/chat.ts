import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { ChatEvent, ChatRequest, ChatResponse } from '../../../contracts/llm-orchestrator/chat.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { budgetWarnings, type DefaultBudgets, readBudgets } from '../budgets/budgets.ts';
import type { MeteredModel, MeteredReply } from '../budgets/metered-model.ts';
import { formatDollars } from '../budgets/money.ts';
import { ModelFailure, type ModelUpstream, type Turn } from '../model-upstream.ts';
import { appendMessages, openSession, recentMessages, removeEmptySession } from '../sessions/sessions.ts';
import { type ChatEvents, createChatEvents } from './chat-events.ts';
import { instructionsFor } from './instructions.ts';
import { type CalledTool, runTool } from './run-tool.ts';
import type { ToolCatalog, ToolServer } from './tool-catalog.ts';

export interface ChatSettings {
  model: string;
  /** Maximum output of one reply, tokens. */
  maxTokens: number;
  /** Default maximum thinking, tokens. */
  thinkingBudget: number;
  /** Maximum number of earlier messages that the model receives. */
  contextMessages: number;
  /** Maximum number of rounds in which the model can call tools. */
  toolRounds: number;
  /** Maximum time for one message with all its tools, milliseconds; below the gateway's limit of the route. */
  timeoutMs: number;
}

export interface ChatDeps {
  upstream: ModelUpstream;
  model: MeteredModel;
  catalog: ToolCatalog;
  tools: ToolServer;
  database: Database;
  budgets: DefaultBudgets;
  settings: ChatSettings;
  log: Log;
  publishLive: PublishLiveEvent;
  /** Rejects when the session of the request has ended: a deleted account must leave no trace. */
  assertActive(): Promise<void>;
}

export interface ChatMessage {
  who: Tenant;
  /** The workspace of the conversation. */
  workspaceId: string;
  body: z.output<typeof ChatRequest>;
  signal: AbortSignal;
  /** If given, the reply is streamed: called with each piece. */
  emit?: (event: Exclude<ChatEvent, { type: 'done' | 'error' }>) => void;
}

type Chat = (message: ChatMessage) => Promise<ChatResponse>;

/** Maximum number of tool calls per reply of the model. The model receives an error for each further call. */
const maxToolsPerReply = 8;
const titleLength = 80;

/**
 * Handles chat messages. The model receives the latest messages of the conversation and the tools. Tools run with the
 * caller's rights. The exchange is stored when it is complete.
 */
export function createChat(deps: ChatDeps): Chat {
  const { upstream, database, settings } = deps;

  return async (message) => {
    if (upstream.missing !== undefined) throw problem('not_ready', { message: upstream.missing });
    const { who, workspaceId, body } = message;
    const { question, earlier } = readQuestion(body);
    const sessionId = body.session_id ?? randomUUID();
    const title = question.replaceAll(/\s+/g, ' ').slice(0, titleLength);
    const { isNew } = await openSession(database, who, { id: sessionId, title, workspaceId });
    const limit = AbortSignal.timeout(settings.timeoutMs);
    const events = createChatEvents(deps.publishLive, { userId: who.userId, conversationId: sessionId });
    try {
      const stored = await recentMessages(database, who, { id: sessionId, limit: settings.contextMessages });
      const context =
        stored.length > 0
          ? stored.map(toTurn)
          : earlier.slice(Math.max(0, earlier.length - settings.contextMessages));
      const exchange = await converse(deps, {
        ...message,
        sessionId,
        events,
        turns: [...context, { role: 'user', text: question }],
        signal: AbortSignal.any([message.signal, limit]),
      });
      await deps.assertActive();
      await appendMessages(database, who, {
        id: sessionId,
        title,
        workspaceId,
        messages: [
          { role: 'user', content: question },
          ...exchange.tools.map(({ record }) => ({ role: 'tool' as const, content: record })),
          { role: 'assistant', content: exchange.response },
        ],
      });
      const response = await toResponse(deps, { who, sessionId, exchange });
      events.completed(response);
      return response;
    } catch (cause) {
      const error = toChatProblem(cause);
      events.failed(error, message.signal.aborted);
      // The caller needs the reason of the failure, not an error about the clean-up.
      if (isNew) {
        await removeEmptySession(database, who, sessionId).catch((failure: unknown) => {
          deps.log.warn({ err: describeFailure(failure) }, 'an empty conversation could not be removed');
        });
      }
      throw error;
    }

    function toChatProblem(error: unknown): unknown {
      if (error instanceof ModelFailure) return error.toProblem();
      if (!limit.aborted || message.signal.aborted) return error;
      return problem('gateway_timeout', {
        message: `The message took longer than ${settings.timeoutMs / 1000} seconds.`,
        cause: error,
      });
    }
  };
}

/** The user's message, and the earlier messages in the request. */
function readQuestion({ message, messages = [] }: ChatMessage['body']): {
  question: string;
  earlier: Turn[];
} {
  if (message !== undefined) return { question: message, earlier: [] };
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return {
    question: (messages[last] as { content: string }).content,
    earlier: messages.slice(0, last).map(toTurn),
  };
}

function toTurn({ role, content }: { role: string; content: string }): Turn {
  return role === 'assistant' ? { role, text: content } : { role: 'user', text: content };
}

interface Exchange {
  response: string;
  replies: MeteredReply[];
  tools: (CalledTool & { name: string })[];
}

/** Calls the model and the requested tools in turn, until the model requests no tool or has used all its rounds. */
async function converse(
  { model, catalog, tools: server, settings, log, assertActive }: ChatDeps,
  {
    who,
    body,
    sessionId,
    turns,
    signal,
    emit,
    events,
  }: ChatMessage & { sessionId: string; turns: Turn[]; events: ChatEvents },
): Promise<Exchange> {
  const tools = await catalog.list(signal);
  const exchange: Exchange = { response: '', replies: [], tools: [] };

  for (let round = 0; ; round += 1) {
    const mayCallTools = round < settings.toolRounds;
    // Separates the text before a tool call from the text after it.
    let separator = exchange.response === '' ? '' : '\n\n';
    const append = (piece: string): void => {
      const text = separator + piece;
      separator = '';
      exchange.response += text;
      emit?.({ type: 'text', text });
      events.text(text);
    };
    await assertActive();
    const reply = await model.reply(who, {
      sessionId,
      signal,
      request: {
        model: settings.model,
        instructions: instructionsFor({ baseId: body.base_id, now: new Date() }),
        turns,
        tools,
        mayCallTools,
        maxOutputTokens: settings.maxTokens,
        thinkingBudget: body.thinking_budget ?? settings.thinkingBudget,
      },
      ...(emit ? { onText: append } : {}),
    });
    exchange.replies.push(reply);
    events.charged(settings.model, reply);
    if (!emit && reply.text !== '') append(reply.text);
    if (reply.toolRequests.length === 0) return exchange;
    if (!mayCallTools) {
      // The model requests a tool although it must not: its text so far is the response.
      if (exchange.response !== '') return exchange;
      throw new ModelFailure('bad_gateway', {
        message: `The model sent no text after ${round} rounds of tools.`,
        maybeCharged: true,
      });
    }

    const responses = [];
    for (const [index, request] of reply.toolRequests.entries()) {
      if (index >= maxToolsPerReply) {
        responses.push({ request, response: { error: `At most ${maxToolsPerReply} calls per reply.` } });
        continue;
      }
      emit?.({ type: 'tool', name: request.name, status: 'running' });
      const finished = events.toolStarted(request.name);
      const called = await runTool(request, { tools, server, signal, log });
      finished(called.success);
      emit?.({ type: 'tool', name: request.name, status: called.success ? 'completed' : 'failed' });
      exchange.tools.push({ ...called, name: request.name });
      responses.push(called.response);
    }
    turns = [...turns, { role: 'replay', replay: reply.replay }, { role: 'tools', responses }];
  }
}

async function toResponse(
  { database, budgets, settings }: ChatDeps,
  { who, sessionId, exchange }: { who: Tenant; sessionId: string; exchange: Exchange },
): Promise<ChatResponse> {
  const { replies } = exchange;
  const sum = (value: (reply: MeteredReply) => number): number =>
    replies.reduce((total, reply) => total + value(reply), 0);
  const state = await database.withTenant(who, (tx) =>
    readBudgets(tx, { userId: who.userId, sessionId, defaults: budgets }),
  );
  const thinking = replies
    .map((reply) => reply.thinking)
    .filter(Boolean)
    .join('\n\n');
  return {
    response: exchange.response,
    ...(thinking === '' ? {} : { thinking_process: thinking }),
    ...(replies.at(-1)?.cutShort ? { cut_short: true } : {}),
    tools_used: [...new Set(exchange.tools.map(({ name }) => name))],
    session_id: sessionId,
    timestamp: new Date().toISOString(),
    cost_info: {
      model: settings.model,
      input_tokens: sum(({ tokens }) => tokens.input),
      output_tokens: sum(({ tokens }) => tokens.output),
      thinking_tokens: sum(({ tokens }) => tokens.thinking),
      input_cost: formatDollars(sum(({ cost }) => cost.input)),
      output_cost: formatDollars(sum(({ cost }) => cost.output)),
      thinking_cost: formatDollars(sum(({ cost }) => cost.thinking)),
      total_cost: formatDollars(sum(({ cost }) => cost.total)),
      response_time_ms: Math.round(sum(({ responseTimeMs }) => responseTimeMs)),
      budget_warnings: budgetWarnings(state),
    },
  };
}
