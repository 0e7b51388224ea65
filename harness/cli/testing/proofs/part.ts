import { ReadinessError } from '../../../errors/readiness-error.ts';

/** One of several parts of all proofs, counted from 1. */
export interface Part {
  index: number;
  of: number;
}

const dayMs = 86_400_000;

/**
 * Parses `3/7`, or `date/7`: the part of the day, so that seven days prove everything.
 * @throws ReadinessError (exit code 2)
 */
export function parsePart(text: string, now: Date): Part {
  const [, number = '', count = ''] = /^(date|\d+)\/(\d+)$/.exec(text) ?? [];
  const of = Number(count);
  const index = number === 'date' ? (Math.floor(now.getTime() / dayMs) % of) + 1 : Number(number);
  if (number === '' || of < 1 || index < 1 || index > of)
    throw new ReadinessError('setting-invalid', `--part ${text} is no part.`, {
      hint: 'Use e.g. 3/7 or date/7.',
    });
  return { index, of };
}

/** Every `of`-th one, so that each part has some of every kind. */
export function partOf<T>(all: readonly T[], part: Part | undefined): readonly T[] {
  return part === undefined ? all : all.filter((_one, index) => index % part.of === part.index - 1);
}
