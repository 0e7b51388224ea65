/** A call that costs $0.000525: 1,000 tokens of input and 1,500 of output, at the published prices. */
export const call = { inputTokens: 1000, replies: [{ text: 'Done.', usage: { output: 1500 } }] };
