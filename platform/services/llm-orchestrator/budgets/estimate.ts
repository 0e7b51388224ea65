import type { Tokens } from './prices.ts';

/** Estimated output of a message, tokens. */
export const estimatedOutput = 1500;
/** Minimum thinking as a share of the output. */
const thinkingShare = 0.1;

/** Estimates the tokens of a message: its input, 1,500 of output, and its thinking budget or at least 150. */
export function estimateTokens(input: number, thinkingBudget = 0): Tokens {
  return {
    input,
    output: estimatedOutput,
    thinking: Math.max(estimatedOutput * thinkingShare, thinkingBudget),
  };
}

const wordsPerToken = 0.75;
const charactersPerToken = 4;

/** Estimates the tokens of a text without the model: the larger count of 0.75 words or four characters per token. */
export function estimateTextTokens(text: string): number {
  const words = text.split(/\s+/).filter(Boolean).length;
  return Math.max(1, Math.ceil(words / wordsPerToken), Math.ceil(text.length / charactersPerToken));
}
