import { atLeast, atMost, defineCheck, equals } from '../../../harness/engine/index.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { chatAs, modelCheck } from './model-check.ts';

export const estimateIsNear = defineCheck({
  ...modelCheck,
  id: 'services.llm-orchestrator.estimate-is-near-the-cost',
  title: 'The estimated cost is near the cost of the reply',
  failureTitle: 'The estimated cost is far from the cost of the reply',
  why: 'People decide by the estimate whether to send a message. One that is ten times too high or too low decides for them.',
  remediation: {
    text: 'See budgets/estimate.ts and budgets/prices.ts of llm-orchestrator.',
    effort: 'hours',
  },
  expects: {
    status: equals(200),
    tokensRatio: atLeast(0.5, 'times'),
    tokensRatioMaximum: atMost(2, 'times'),
    costRatio: atLeast(0.6, 'times'),
    costRatioMaximum: atMost(1.6, 'times'),
    longRatio: atLeast(0.6, 'times'),
    longRatioMaximum: atMost(1.6, 'times'),
    proRatio: atLeast(10, 'times'),
  },
  breaks: [
    {
      defect: 'The estimate is ten times the cost.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/llm-orchestrator/budgets/estimate.ts',
          find: 'export const estimatedOutput = 1500;',
          replace: 'export const estimatedOutput = 15_000;',
        },
      ],
      violates: ['costRatioMaximum'],
    },
  ],
  async run(context) {
    const user = await context.account();
    const [send, chat] = [sendAs(context, user), chatAs(context, user)];
    // 400 words of four letters and a space: about 500 tokens.
    const long = (words: number) => 'word '.repeat(words).trim();
    const compare = async (words: number) => {
      const estimate = await send('POST', '/api/budgets/estimate-cost', { message: long(words) });
      // What the contract says an estimate covers: 1,500 tokens of output and a tenth of that for thinking.
      const inputTokens = Math.round(words * 1.25);
      const usage = { input: inputTokens, output: 1500, thinking: 150 };
      const reply = await chat(context.unique('estimated'), {
        inputTokens,
        replies: [{ text: 'Yes.', usage }],
      });
      const real = Number(textAt(reply.json, 'cost_info', 'total_cost'));
      return {
        status: estimate.status,
        tokens: Number(valueAt(estimate.json, 'input_tokens')) / inputTokens,
        cost: Number(textAt(estimate.json, 'total_cost')) / real,
      };
    };
    const [short, longer] = [await compare(400), await compare(15_000)];
    const estimateOf = async (model: string) => {
      const { json } = await send('POST', '/api/budgets/estimate-cost', { message: long(400), model });
      return Number(textAt(json, 'total_cost'));
    };
    return {
      status: short.status,
      tokensRatio: short.tokens,
      tokensRatioMaximum: short.tokens,
      costRatio: short.cost,
      costRatioMaximum: short.cost,
      longRatio: longer.cost,
      longRatioMaximum: longer.cost,
      // The published prices of the two differ by a factor of about 17.
      proRatio: (await estimateOf('gemini-2.5-pro')) / (await estimateOf('gemini-2.5-flash')),
    };
  },
});
