import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTextTokens, estimateTokens } from './estimate.ts';
import { costOf, maximumCost, prices } from './prices.ts';

describe('a cost', () => {
  it.each([
    ['gemini-2.5-flash', { input: 75, output: 300, thinking: 75, total: 450 }],
    ['gemini-1.5-flash', { input: 75, output: 300, thinking: 75, total: 450 }],
    ['gemini-2.5-pro', { input: 1250, output: 5000, thinking: 1250, total: 7500 }],
    ['gemini-1.5-pro', { input: 1250, output: 5000, thinking: 1250, total: 7500 }],
    ['a-model-nobody-knows', { input: 75, output: 300, thinking: 75, total: 450 }],
    ['constructor', { input: 75, output: 300, thinking: 75, total: 450 }],
  ])('of 1,000 tokens of each kind follows the price of %s', (model, cost) => {
    expect(costOf(model, { input: 1000, output: 1000, thinking: 1000 })).toEqual(cost);
  });

  it('is rounded half up to six places', () => {
    expect(costOf('gemini-2.5-flash', { input: 20, output: 0, thinking: 6 })).toMatchObject({
      input: 2,
      thinking: 0,
      total: 2,
    });
  });

  it('never exceeds the maximum cost of the same number of tokens', () => {
    const tokens = fc.record({ input: fc.nat(1e6), output: fc.nat(1e5), thinking: fc.nat(1e5) });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(prices)), tokens, fc.nat(1000), (model, used, unused) => {
        const generated = used.output + used.thinking + unused;
        expect(costOf(model, used).total).toBeLessThanOrEqual(
          maximumCost(model, { input: used.input, generated }),
        );
      }),
    );
  });
});

describe('an estimate', () => {
  it('is the input, 1,500 tokens of output and 10 % thinking', () => {
    expect(estimateTokens(100)).toEqual({ input: 100, output: 1500, thinking: 150 });
  });

  it('includes the requested thinking', () => {
    expect(estimateTokens(100, 2000).thinking).toBe(2000);
  });

  it.each([
    ['one', 2],
    ['three short words', 5],
    ['x'.repeat(400), 100],
    [' ', 1],
  ])('of the text %j is %d tokens', (text, tokens) => {
    expect(estimateTextTokens(text)).toBe(tokens);
  });
});
