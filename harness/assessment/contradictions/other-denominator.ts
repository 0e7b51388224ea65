import { formatAsStated } from '../../judge/format.ts';
import type { AssessedFact, Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf, type ResolvedClaim } from '../claims.ts';
import { countRows, rowsOf, shareOf, tablesOf } from '../rows.ts';

/** A count such as "1 of 8" whose table has another number of rows. */
export function countOfOtherRows(assessment: Assessment): Contradiction[] {
  const claims = claimsOf(assessment);
  return assessment.facts.flatMap((fact): Contradiction[] => {
    const ways = waysToSelect(assessment, fact);
    const denominators = ways.map(({ rows }) => rows.length);
    const differing = claims.filter(
      ({ about, value }) =>
        about.id === fact.id &&
        value.kind === 'count' &&
        ways.length > 0 &&
        !denominators.includes(value.den),
    );
    if (differing.length === 0) return [];
    return [
      {
        rule: 'count-of-other-rows',
        title: `${fact.title}: counted out of ${listed(differing)}, but the table has ${[...new Set(denominators)].join(' or ')} rows`,
        statements: [
          ...differing.map(({ place, quote }) => ({ place, quote })),
          ...ways.map(({ what, rows, place }) => ({ place, quote: `${rows.length} rows (${what})` })),
        ],
        arithmetic: ways
          .map(({ what, rows }) => {
            const count = countRows(rows);
            return `${what}: ${count.num} of ${count.den} = ${formatAsStated(shareOf(count), 1)}`;
          })
          .concat(`no count is out of ${listed(differing)}`)
          .join('; '),
      },
    ];
  });
}

interface Way {
  what: string;
  place: string;
  rows: ReturnType<typeof rowsOf>;
}

/** The rows from which the fact is counted, and all rows of the same tables if there are more. */
function waysToSelect(assessment: Assessment, fact: AssessedFact): Way[] {
  const counted = fact.counted ?? [];
  const own = rowsOf(assessment, counted);
  if (own.length === 0) return [];
  const names = [...new Set(counted.map(({ table }) => table))];
  const tables = tablesOf(assessment).filter(({ id }) => names.includes(id));
  const whole = rowsOf(
    assessment,
    names.map((table) => ({ table })),
  );
  const place = tables.map((table) => table.place).join(' and ');
  const kinds = [...new Set(counted.map(({ kind, row }) => row ?? kind ?? 'row'))].join(', ');
  const ways = [{ what: `rows of kind ${kinds}`, place, rows: own }];
  return whole.length === own.length
    ? [{ what: 'all rows', place, rows: whole }]
    : [...ways, { what: 'all rows', place, rows: whole }];
}

function listed(claims: readonly ResolvedClaim[]): string {
  const dens = claims.map(({ value }) => (value.kind === 'count' ? value.den : 0));
  return [...new Set(dens)].join(' and ');
}
