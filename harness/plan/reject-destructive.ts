import { ReadinessError } from '../errors/readiness-error.ts';
import type { DeclaredCheck, Destructive } from './declared-check.ts';

/** Kinds that a production target never gets, even if its file allows them. */
const neverInProduction: ReadonlySet<Destructive['kind']> = new Set(['load', 'drill']);

/**
 * The destructive checks that a deployed target rejects, each with the reason for the report.
 * @throws ReadinessError (exit code 2) if `allow` names an unknown or harmless check, or one that a production target
 * never gets.
 */
export function rejectDestructive(
  definitions: readonly Pick<DeclaredCheck, 'id' | 'destructive'>[],
  target: { file: string; name: string; label: string; allow: readonly string[]; adopted?: string },
): ReadonlyMap<string, string> {
  const { file, name, label, allow, adopted } = target;
  const destructive = new Map(
    definitions.flatMap((check) => (check.destructive ? [[check.id, check.destructive] as const] : [])),
  );
  const production = label === 'production';
  for (const [index, id] of allow.entries()) {
    const found = destructive.get(id);
    const at = adopted === undefined ? `${file}: allow[${index}]` : '--allow';
    if (!found) {
      const known = definitions.some((check) => check.id === id);
      throw new ReadinessError(
        'target-invalid',
        known
          ? `${at}: "${id}" is not destructive and needs no permission.`
          : `${at}: no check has the id "${id}".`,
        { hint: `Remove the entry. Destructive checks: ${[...destructive.keys()].sort().join(', ')}` },
      );
    }
    if (production && neverInProduction.has(found.kind)) {
      throw new ReadinessError(
        'target-invalid',
        `${at}: "${id}" ${found.effect}. A target labelled production never gets load or drills.`,
        { hint: 'Remove the entry, and run the check on a staging target.' },
      );
    }
  }
  const allowed = new Set(allow);
  const rejected = [...destructive].filter(([id]) => !allowed.has(id));
  return new Map(
    rejected.map(([id, { kind, effect }]) => [
      id,
      production && neverInProduction.has(kind)
        ? `it ${effect}, and a target labelled production never gets load or drills`
        : adopted === undefined
          ? `it ${effect}; the target file of ${name} does not allow it (allow: ["${id}"])`
          : `it ${effect}; --allow ${id} permits it`,
    ]),
  );
}
