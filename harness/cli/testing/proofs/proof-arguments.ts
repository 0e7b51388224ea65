import { parseArgs } from 'node:util';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { type Part, parsePart } from './part.ts';

/** What every command that proves something takes. */
export interface ProofArguments {
  /** Ids or patterns; empty: everything. */
  patterns: readonly string[];
  part: Part | undefined;
  /** Maximum time, minutes. */
  limit: number | undefined;
  /** Continues a proof that was killed or whose time was over. */
  resume: boolean;
  /** Number of proofs at the same time. */
  concurrency: number;
  /** The command's own options. */
  more: Readonly<Record<string, string | boolean | undefined>>;
}

/**
 * Reads the arguments of a proof.
 * @throws ReadinessError (exit code 2) with the hint
 */
export function readProofArguments(options: {
  concurrency: number;
  hint: string;
  /** Further options of the command, by name. */
  more?: Readonly<Record<string, 'string' | 'boolean'>>;
  now: Date;
}): ProofArguments {
  const { hint } = options;
  const { values, positionals } = parse(options);
  const positive = (name: string, text: string): number => {
    const value = Number(text);
    if (!(value > 0))
      throw new ReadinessError('setting-invalid', `--${name} ${text} is not a number above 0.`, { hint });
    return value;
  };
  const { part, limit, resume, concurrency, ...more } = values;
  return {
    patterns: positionals,
    part: typeof part === 'string' ? parsePart(part, options.now) : undefined,
    limit: typeof limit === 'string' ? positive('limit', limit) : undefined,
    resume: resume === true,
    concurrency: typeof concurrency === 'string' ? positive('concurrency', concurrency) : options.concurrency,
    more,
  };
}

function parse({ hint, more = {} }: { hint: string; more?: Readonly<Record<string, 'string' | 'boolean'>> }) {
  try {
    const further = Object.fromEntries(Object.entries(more).map(([name, type]) => [name, { type }]));
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        part: { type: 'string' },
        limit: { type: 'string' },
        resume: { type: 'boolean' },
        concurrency: { type: 'string' },
        ...further,
      },
    });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    throw new ReadinessError('setting-invalid', (error as Error).message, { hint });
  }
}
