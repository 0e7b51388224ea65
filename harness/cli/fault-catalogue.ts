import { ownFaults } from '../../scenarios/own-faults.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { faults as knownFaults } from '../faults/catalogue.ts';
import type { Fault } from '../faults/fault.ts';

/** The faults of the harness, and those beside the checks: files of `scenarios` whose name ends in `-faults.ts`. */
export const faults: readonly Fault[] = withUniqueIds([...knownFaults, ...ownFaults]);

/** @throws ReadinessError (exit code 2) when two faults have one id */
export function withUniqueIds(all: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  for (const { id } of all) {
    if (seen.has(id))
      throw new ReadinessError('fault-invalid', `Two faults have the id "${id}".`, {
        hint: 'Give the one in your *-faults.ts file another id. npm run readiness -- reproduce --list has all of them.',
      });
    seen.add(id);
  }
  return all;
}
