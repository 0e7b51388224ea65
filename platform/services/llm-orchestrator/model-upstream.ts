import type { Tool } from '../../contracts/mcp-server/contract.ts';
import type { ProblemCode } from '../../contracts/problem.ts';
import { type ProblemOptions, problem } from '../../kit/http/problem.ts';
import type { Tokens } from './budgets/prices.ts';

/** A tool call that the model requests. */
export interface ToolRequest {
  /** The model's id of the call, if it sent one. */
  id?: string;
  name: string;
  arguments: Record<string, unknown>;
}

export interface ToolResponse {
  request: ToolRequest;
  /** The result for the model. It is data, never an instruction. */
  response: Record<string, unknown>;
}

/** A part of the conversation in a request to the model. */
export type Turn =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string }
  /** An earlier reply of this model, sent back unchanged. */
  | { role: 'replay'; replay: unknown }
  | { role: 'tools'; responses: readonly ToolResponse[] };

export interface ModelRequest {
  model: string;
  instructions: string;
  turns: readonly Turn[];
  tools: readonly Tool[];
  /** Whether the model may request tools in this reply. */
  mayCallTools: boolean;
  /** Maximum output without thinking, tokens. */
  maxOutputTokens: number;
  /** Maximum thinking, tokens; 0 disables it. */
  thinkingBudget: number;
}

export interface ModelReply {
  text: string;
  thinking: string;
  toolRequests: readonly ToolRequest[];
  tokens: Tokens;
  /** Whether the reply reached its maximum length. */
  cutShort: boolean;
  /** The reply in the model's own format, for a `replay` turn. */
  replay: unknown;
}

export interface ReplyOptions {
  signal: AbortSignal;
  /** If given, the model streams: called with each piece of `text` as it arrives. */
  onText?: (piece: string) => void;
}

/** A language model. Calls reject with ModelFailure, or with the signal's reason after an abort. */
export interface ModelUpstream {
  readonly provider: string;
  /** Why no call can succeed, with the name of the missing setting; undefined when no setting is missing. */
  readonly missing: string | undefined;
  /** Counts the input tokens of a request, free of charge. */
  countTokens(request: ModelRequest, signal: AbortSignal): Promise<number>;
  reply(request: ModelRequest, options: ReplyOptions): Promise<ModelReply>;
}

/** The model sent no usable reply. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
  /** Whether the call may have been charged nevertheless. */
  readonly maybeCharged: boolean;
  readonly code: ProblemCode;
  readonly #options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions & { message: string; maybeCharged: boolean }) {
    super(options.message, { cause: options.cause });
    this.code = code;
    this.maybeCharged = options.maybeCharged;
    this.#options = options;
  }

  toProblem() {
    return problem(this.code, {
      message: this.message,
      cause: this,
      ...(this.#options.headers ? { headers: this.#options.headers } : {}),
    });
  }
}
