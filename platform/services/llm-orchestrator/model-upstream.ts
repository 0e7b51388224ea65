import type { Tool } from '../../contracts/mcp-server/contract.ts';
import type { ProblemCode } from '../../contracts/problem.ts';
import { type ProblemOptions, problem } from '../../kit/http/problem.ts';
import type { Tokens } from './budgets/prices.ts';

/** What the model asks to have called. */
export interface ToolRequest {
  /** The model's own id of the call, where it gives one. */
  id?: string;
  name: string;
  arguments: Record<string, unknown>;
}

export interface ToolOutcome {
  request: ToolRequest;
  /** What the model is told; data, whatever it may say. */
  response: Record<string, unknown>;
}

/** A piece of the conversation as the model is sent it. */
export type Turn =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string }
  /** An earlier reply of this model, handed back as it came. */
  | { role: 'replay'; replay: unknown }
  | { role: 'tools'; outcomes: readonly ToolOutcome[] };

export interface ModelRequest {
  model: string;
  instructions: string;
  turns: readonly Turn[];
  tools: readonly Tool[];
  /** Whether the model may ask for tools in this reply. */
  mayCallTools: boolean;
  /** Most tokens of the answer without thinking. */
  maxOutputTokens: number;
  /** Most tokens of thinking; 0 is none. */
  thinkingBudget: number;
}

export interface ModelReply {
  text: string;
  thinking: string;
  toolRequests: readonly ToolRequest[];
  tokens: Tokens;
  /** Whether the answer ended because it had become too long. */
  cutShort: boolean;
  /** The reply in the model's own form, for a `replay` turn. */
  replay: unknown;
}

export interface ReplyOptions {
  signal: AbortSignal;
  /** Makes the model stream; called with each piece of `text` as it arrives. */
  onText?: (piece: string) => void;
}

/** A language model. Calls reject with ModelFailure, or with the signal's reason when that aborted. */
export interface ModelUpstream {
  readonly provider: string;
  /** Why the model cannot be used at all, naming the setting at fault; undefined when nothing is known to be missing. */
  readonly missing: string | undefined;
  /** How many tokens of input a request has. Free of charge. */
  countTokens(request: ModelRequest, signal: AbortSignal): Promise<number>;
  reply(request: ModelRequest, options: ReplyOptions): Promise<ModelReply>;
}

/** The model gave no usable answer. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
  /** Whether the call may have been charged all the same. */
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
