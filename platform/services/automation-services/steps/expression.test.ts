import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { checkExpression, evaluateExpression, maxExpressionLength } from './expression.ts';

const data = {
  input: { minimum: 5 },
  steps: [
    {
      items: [
        { name: 'b', price: 7 },
        { name: 'a', price: 3 },
      ],
    },
  ],
};

describe('an expression', () => {
  it.each([
    ['steps[0].items[*].name', ['b', 'a']],
    ['steps[0].items[?price > `5`] | [0].name', 'b'],
    ["join(', ', sort(steps[0].items[*].name))", 'a, b'],
    ['sum(steps[0].items[*].price)', 10],
    [
      'steps[0].items[*].{label: upper(name), twice: price * `2`}',
      [
        { label: 'B', twice: 14 },
        { label: 'A', twice: 6 },
      ],
    ],
    ["input.minimum >= `5` && 'yes' || 'no'", 'yes'],
    ['nothing.here', null],
  ])('%s', async (expression, expected) => {
    expect(await evaluateExpression(expression, data)).toEqual(expected);
  });

  it.each([
    ['constructor', 'may not use the name'],
    ['input.__proto__', 'may not use the name'],
    ['{toString: `1`}', 'may not use the name'],
    ['let $x = input in $x', 'not supported'],
    ['input.{a: $.steps}', 'not supported'],
    ["pad_left('x', `1000000000`)", 'not supported'],
    ["replace('a', 'b', 'c')", 'not supported'],
    ['join(input, steps)', 'separator'],
    ['steps[', 'cannot be read'],
    ['x'.repeat(maxExpressionLength + 1), 'longer'],
  ])('is rejected when it is %s', async (expression, message) => {
    await expect(checkExpression(expression)).rejects.toThrow(StepFailure);
    await expect(checkExpression(expression)).rejects.toThrow(message);
  });

  it('that fails on the data throws a StepFailure', async () => {
    await expect(evaluateExpression('sum(input)', data)).rejects.toThrow(StepFailure);
  });

  it.each([
    ['[@,@]|'.repeat(100).slice(0, -1)],
    [`${'[@,@][]|'.repeat(100)}@`],
    [`${'to_string(['.repeat(60)}@${'])'.repeat(60)}`],
    [`${"join('----------', split('', ".repeat(20)}to_string(@)${'))'.repeat(20)}`],
  ])('that could grow without limit is rejected before it runs', async (expression) => {
    await expect(evaluateExpression(expression, data)).rejects.toThrow('too large');
  });
});
