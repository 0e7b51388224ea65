import type { Backoff } from '../../../kit/service/backoff.ts';

/** Delays between the attempts of a step and of its compensation. */
export const stepBackoff: Backoff = { firstMs: 500, maxMs: 30_000 };
