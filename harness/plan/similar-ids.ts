/** Number of suggestions. */
const shown = 3;

/**
 * The ids that are most like a text: those that share most pairs of letters with it (Sørensen–Dice), which finds typing
 * errors as well as other orders of words.
 * @returns at most three, the most similar first
 */
export function similarIds(text: string, ids: readonly string[]): string[] {
  const wanted = pairsOf(text);
  return ids
    .map((id) => ({ id, likeness: likeness(wanted, pairsOf(id)) }))
    .sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1))
    .slice(0, shown)
    .map(({ id }) => id);
}

/** Pairs of letters that follow each other in a word. */
function pairsOf(text: string): Set<string> {
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  return new Set(words.flatMap((word) => Array.from(word.slice(1), (letter, index) => word[index] + letter)));
}

function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const shared = [...one].filter((pair) => other.has(pair)).length;
  return one.size + other.size === 0 ? 0 : (2 * shared) / (one.size + other.size);
}
