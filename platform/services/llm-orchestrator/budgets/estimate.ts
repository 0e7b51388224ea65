import type { Tokens } from './prices.ts';

/** Output tokens that a message is estimated to cause. */
export const estimatedOutput = 1500;
/** Thinking as a share of the output where no budget for it is given. */
const thinkingShare = 0.1;

/** What a message is estimated to take: its input, 1,500 tokens of output, and its thinking budget or 10 % more. */
export function estimateTokens(input: number, thinkingBudget = 0): Tokens {
  return {
    input,
    output: estimatedOutput,
    thinking: Math.max(estimatedOutput * thinkingShare, thinkingBudget),
  };
}

const wordsPerToken = 0.75;
const charactersPerToken = 4;

/** An estimate of a text's tokens without asking the model: 0.75 words or four characters each, whichever is more. */
export function estimateTextTokens(text: string): number {
  const words = text.split(/\s+/).filter(Boolean).length;
  return Math.max(1, Math.ceil(words / wordsPerToken), Math.ceil(text.length / charactersPerToken));
}
