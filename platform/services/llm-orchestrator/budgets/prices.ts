import type { Micros } from './money.ts';

/** Prices per 1,000 tokens, in millionths of a US dollar. */
export interface Price {
  input: number;
  output: number;
  thinking: number;
}

const flash: Price = { input: 75, output: 300, thinking: 75 };
const pro: Price = { input: 1250, output: 5000, thinking: 1250 };

/** The platform's own price table. */
export const prices: Readonly<Record<string, Price>> = {
  'gemini-2.5-flash': flash,
  'gemini-1.5-flash': flash,
  'gemini-2.5-pro': pro,
  'gemini-1.5-pro': pro,
};

/** The price of a model. An unknown model has the price of flash. */
export function priceOf(model: string): Price {
  return Object.hasOwn(prices, model) ? (prices[model] as Price) : flash;
}

export interface Tokens {
  input: number;
  output: number;
  thinking: number;
}

export interface Cost extends Tokens {
  total: Micros;
}

/** The cost of tokens. Each kind is rounded half up to six places; the total is the sum of the rounded parts. */
export function costOf(model: string, tokens: Tokens): Cost {
  const price = priceOf(model);
  const input = Math.round((tokens.input * price.input) / 1000);
  const output = Math.round((tokens.output * price.output) / 1000);
  const thinking = Math.round((tokens.thinking * price.thinking) / 1000);
  return { input, output, thinking, total: input + output + thinking };
}

/**
 * The maximum cost of a call with a common limit for output and thinking. Unused thinking can become output, so all
 * generated tokens count at the higher price. Rounding three parts instead of two can add one millionth.
 */
export function maximumCost(
  model: string,
  { input, generated }: { input: number; generated: number },
): Micros {
  const price = priceOf(model);
  const highest = Math.max(price.output, price.thinking);
  return Math.ceil((input * price.input) / 1000) + Math.ceil((generated * highest) / 1000) + 1;
}
