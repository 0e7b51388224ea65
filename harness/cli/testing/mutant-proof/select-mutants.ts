import type { Mutant } from '../../../../scenarios/mutants/mutant.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import { type Part, partOf } from '../proofs/part.ts';

/**
 * The mutants that match a pattern and are of the kind, and of these the part. A pattern is an id or the first segments
 * of one.
 * @throws ReadinessError (exit code 2) for a pattern or a kind that matches nothing
 */
export function selectMutants(
  mutants: readonly Mutant[],
  options: { patterns: readonly string[]; kind?: string | undefined; part?: Part | undefined },
): readonly Mutant[] {
  const { patterns, kind } = options;
  const matches = ({ id }: Mutant, pattern: string) => id === pattern || id.startsWith(`${pattern}.`);
  const unknown = patterns.find((pattern) => !mutants.some((mutant) => matches(mutant, pattern)));
  if (unknown !== undefined)
    throw new ReadinessError('setting-invalid', `No mutant matches "${unknown}".`, {
      hint: 'Use an id or the first segments of one. They are in scenarios/mutants.',
    });
  const ofKind = mutants.filter((mutant) => kind === undefined || String(mutant.kind) === kind);
  if (ofKind.length === 0)
    throw new ReadinessError('setting-invalid', `There is no mutant of kind ${kind}.`, {
      hint: 'Kinds are numbers from 1 to 18.',
    });
  const matching = ofKind.filter(
    (mutant) => patterns.length === 0 || patterns.some((pattern) => matches(mutant, pattern)),
  );
  return partOf(matching, options.part);
}
