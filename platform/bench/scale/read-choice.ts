import { parseArgs } from 'node:util';
import type { Suite } from './suite.ts';

/** What the command line asks for. */
export interface ScaleChoice {
  suites: readonly { suite: Suite; rows: readonly string[]; sizes: readonly number[] }[];
  rounds: number;
  writeDocs: boolean;
  /** File of an earlier report, or undefined. */
  before: string | undefined;
}

const maxSize = 1_000_000;

/** Reads `1k,10k,100000`. @returns undefined when a size is not a whole number from 1 to a million */
export function readSizes(text: string): number[] | undefined {
  const sizes = text.split(',').map((part) => {
    const match = /^(\d+)(k?)$/.exec(part);
    return match === null ? Number.NaN : Number(match[1]) * (match[2] === 'k' ? 1_000 : 1);
  });
  return sizes.every((size) => size >= 1 && size <= maxSize) ? sizes : undefined;
}

/** @returns undefined when the arguments are invalid */
export function readChoice(args: readonly string[], known: readonly Suite[]): ScaleChoice | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'boolean' },
      suites: { type: 'string' },
      rows: { type: 'string' },
      sizes: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      before: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const ids = values.suites?.split(',');
  const rows = values.rows?.split(',');
  const sizes = values.sizes === undefined ? undefined : readSizes(values.sizes);
  const rounds = Number(values.rounds);
  const isKnown =
    (ids ?? []).every((id) => known.some((suite) => suite.id === id)) &&
    (rows ?? []).every((row) => known.some((suite) => suite.rows.some(({ id }) => id === row)));
  const areValid = (values.sizes === undefined || sizes !== undefined) && rounds >= 1 && rounds <= 100;
  if (!isKnown || !areValid || !Number.isInteger(rounds)) return undefined;
  const chosen = known
    .filter(({ id }) => ids?.includes(id) ?? true)
    .map((suite) => ({
      suite,
      rows: suite.rows.map(({ id }) => id).filter((id) => rows?.includes(id) ?? true),
      sizes: sizes ?? suite.defaultSizes,
    }))
    .filter((one) => one.rows.length > 0);
  return { suites: chosen, rounds, writeDocs: values['write-docs'], before: values.before };
}
