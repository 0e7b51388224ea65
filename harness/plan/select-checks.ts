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
  definitions: readonly Pick<DeclaredCheck, 'id' | 'category' | 'needs'>[],
  patterns: readonly string[],
): ReadonlySet<string> {
  if (patterns.length === 0) return new Set(definitions.map((definition) => definition.id));
  const byId = new Map(definitions.map((definition) => [definition.id, definition]));
  const selected = new Set<string>();
  const ids = definitions.map(({ id }) => id);
  const matching = idsByPattern(definitions);
  for (const pattern of patterns) {
    const found = matching.get(pattern);
    if (!found) {
      throw new ReadinessError('check-unknown', `No check matches "${pattern}".`, {
        hint: `Use a check id, the first segments of one, or a category. Similar: ${similarIds(pattern, ids).join(', ')}. All checks: npm run readiness -- plan`,
      });
    }
    for (const id of found) selected.add(id);
  }
  // A set also gives the elements that are added to it meanwhile.
  for (const id of selected) for (const need of byId.get(id)?.needs ?? []) selected.add(need);
  return selected;
}

/** The ids that each pattern selects, for all patterns that select any. */
function idsByPattern(
  definitions: readonly Pick<DeclaredCheck, 'id' | 'category'>[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (pattern: string, id: string): void => {
    const ids = found.get(pattern);
    if (ids) ids.push(id);
    else found.set(pattern, [id]);
  };
  for (const { id, category } of definitions) {
    add(category, id);
    for (let end = id.indexOf('.'); end >= 0; end = id.indexOf('.', end + 1)) add(id.slice(0, end), id);
    add(id, id);
  }
  return found;
}
