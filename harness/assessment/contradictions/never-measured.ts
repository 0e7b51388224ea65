import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { needsNotMet, type Row, tablesOf } from '../rows.ts';

/** A result is given for something that could not be looked at, since what it needs does not work. */
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
        title: `${title}: a result for something that could not be looked at`,
        statements: [{ place, quote }, ...missing.map(toStatement)],
        arithmetic: `${title} takes ${missing.map((row) => `"${row.title}"`).join(' and ')}, which did not work: blocked, with 0 measurements, not a measured result.`,
      },
    ];
  });
}

function toStatement({ title, place, words }: Row): { place: string; quote: string } {
  return { place, quote: `${title}: ${words}` };
}
