import { z } from 'zod';

const count = z.int().nonnegative();

/** Tokens of one reply. Default: `inputTokens` of the script, one output token per four characters, no thinking. */
const Usage = z.strictObject({ input: count, output: count, thinking: count }).partial();

/** One reply of the model. The kinds combine: a reply can be slow, fail twice and then call a tool. */
export const ScriptedReply = z.strictObject({
  /** Pieces of the text; a stream has one event for each. */
  text: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  thinking: z.string().optional(),
  calls: z.array(z.strictObject({ name: z.string(), args: z.record(z.string(), z.unknown()) })).optional(),
  usage: Usage.optional(),
  /** E.g. `MAX_TOKENS`; default `STOP`. */
  finish: z.string().optional(),
  /** Held back for this time, milliseconds. In a stream each piece waits. */
  delayMs: z.int().min(0).max(120_000).optional(),
  /** An error of the API with this status instead of a reply. */
  status: z.int().min(400).max(599).optional(),
  /** What a 429 says about the time to wait, e.g. `34s`. */
  retryDelay: z.string().optional(),
  /** With `status`: number of requests that fail; the ones after them get the reply. Default: all. */
  times: z.int().positive().optional(),
  /**
   * `json`: a body that is no JSON. `shape`: JSON of another form. `cutOff`: ends in the middle. `silent`: no response.
   * `stalled`: stops in the middle. `endless`: has no end. `page`: HTML. `errorBody`: an error with status 200.
   * `prototype`: the reply, with members named `__proto__`.
   */
  broken: z
    .enum(['json', 'shape', 'cutOff', 'silent', 'stalled', 'endless', 'page', 'errorBody', 'prototype'])
    .optional(),
});
export type ScriptedReply = z.input<typeof ScriptedReply>;

export const ModelScript = z.strictObject({
  /** The replies to one message in order: the second one follows the results of the first one's tool calls. */
  replies: z.array(ScriptedReply).min(1),
  /** What `countTokens` returns, and the input that replies report; default: a quarter of the characters sent. */
  inputTokens: count.optional(),
});
export type ModelScript = z.input<typeof ModelScript>;

const marker = 'Model script:';
const end = '(end of script)';

/**
 * A message that makes the model server reply as its script says. `text` stands before the script, and tells the
 * requests of one message from others. More text may follow.
 */
export const scriptedMessage = (text: string, script: ModelScript): string =>
  `${text} ${marker} ${JSON.stringify(script)} ${end}`;

/** The script in a message; undefined when it has none. @throws Error for a script that cannot be read */
export function scriptIn(message: string): z.output<typeof ModelScript> | undefined {
  const start = message.indexOf(marker);
  if (start < 0) return undefined;
  const until = message.indexOf(end, start);
  return ModelScript.parse(JSON.parse(message.slice(start + marker.length, until < 0 ? undefined : until)));
}
