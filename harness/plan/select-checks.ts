import { ReadinessError } from '../errors/readiness-error.ts';
import type { DeclaredCheck } from './declared-check.ts';
import { similarIds } from './similar-ids.ts';

/**
 * Selects the checks that a run measures. A pattern is an exact id, a prefix of whole segments
 * (`authentication.login` selects everything below it), or a category name. The checks that a selected check
 * needs are selected too, because its result means nothing without theirs.
 * @returns the ids to measure. All other checks stay in the plan as unmeasured.
 * @throws ReadinessError (exit code 2) if a pattern matches nothing: an empty run must not look like success.
 */
export function selectChecks(
  definitions: readonly DeclaredCheck[],
  patterns: readonly string[],
): ReadonlySet<string> {
  if (patterns.length === 0) return new Set(definitions.map((definition) => definition.id));
  const byId = new Map(definitions.map((definition) => [definition.id, definition]));
  const selected = new Set<string>();
  const add = (id: string): void => {
    if (selected.has(id)) return;
    selected.add(id);
    for (const needed of byId.get(id)?.needs ?? []) add(needed);
  };
  const ids = definitions.map(({ id }) => id);
  for (const pattern of patterns) {
    const matching = definitions.filter(
      ({ id, category }) => id === pattern || id.startsWith(`${pattern}.`) || category === pattern,
    );
    if (matching.length === 0) {
      throw new ReadinessError('check-unknown', `No check matches "${pattern}".`, {
        hint: `Use a check id, the first segments of one, or a category. Similar: ${similarIds(pattern, ids).join(', ')}. All checks: npm run readiness -- plan`,
      });
    }
    for (const definition of matching) add(definition.id);
  }
  return selected;
}
