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

/** The price of a model; one that is not in the table costs what flash costs. */
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

/** What tokens cost, each kind rounded half up to six places; the total is the sum of the rounded parts. */
export function costOf(model: string, tokens: Tokens): Cost {
  const price = priceOf(model);
  const input = Math.round((tokens.input * price.input) / 1000);
  const output = Math.round((tokens.output * price.output) / 1000);
  const thinking = Math.round((tokens.thinking * price.thinking) / 1000);
  return { input, output, thinking, total: input + output + thinking };
}

/**
 * The most that a call can cost whose output and thinking together are limited: unused thinking may become output, so
 * all of it counts at the dearer of the two prices, and rounding three parts instead of two may add one millionth.
 */
export function mostCost(model: string, { input, generated }: { input: number; generated: number }): Micros {
  const price = priceOf(model);
  const dearest = Math.max(price.output, price.thinking);
  return Math.ceil((input * price.input) / 1000) + Math.ceil((generated * dearest) / 1000) + 1;
}
