import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { needsNotMet, type Row, tablesOf } from '../rows.ts';

/** A result is stated for something that could not be measured, because a row that it needs does not work. */
export function neverMeasured(assessment: Assessment): Contradiction[] {
  const rows = tablesOf(assessment)
    .flatMap((table) => table.rows)
    .filter(({ mark }) => mark !== 'blocked')
    .map(({ title, place, words, needs }) => ({ title, place, quote: `${title}: ${words}`, needs }));
  const claims = assessment.claims.map(({ fact, place, quote, needs }) => ({
    title: assessment.facts.find(({ id }) => id === fact)?.title ?? fact,
    place,
    quote,
    needs,
  }));
  return [...rows, ...claims].flatMap(({ title, place, quote, needs }): Contradiction[] => {
    const missing = needsNotMet(assessment, needs);
    if (missing.length === 0) return [];
    return [
      {
        rule: 'value-of-something-never-measured',
        title: `${title}: a result without a possible measurement`,
        statements: [{ place, quote }, ...missing.map(toStatement)],
        arithmetic: `${title} needs ${missing.map((row) => `"${row.title}"`).join(' and ')}, which did not work. With 0 possible measurements it is blocked.`,
      },
    ];
  });
}

function toStatement({ title, place, words }: Row): { place: string; quote: string } {
  return { place, quote: `${title}: ${words}` };
}
