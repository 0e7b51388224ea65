import { formatAsStated } from '../../judge/format.ts';
import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf } from '../claims.ts';
import { ownCount, rowsOf, shareOf, tablesOf, waysToCount } from '../rows.ts';
import { shareInWords, sharesAgree } from '../stated-value.ts';

/**
 * The rows can be counted in several ways, and the stated share is none of them: nobody can say where it
 * comes from.
 */
export function figureWithoutDerivation(assessment: Assessment): Contradiction[] {
  const claims = claimsOf(assessment);
  return assessment.facts.flatMap(({ id, title, counted }): Contradiction[] => {
    const rows = counted ? rowsOf(assessment, counted) : [];
    if (!counted || ownCount(rows)) return [];
    const ways = waysToCount(rows).filter(({ den }) => den > 0);
    const underived = claims.filter(
      ({ about, share }) =>
        about.id === id && share && !ways.some((way) => sharesAgree(share, { exact: shareOf(way) })),
    );
    if (underived.length === 0) return [];
    const counts = ways.map((way) => `${way.num} of ${way.den} = ${formatAsStated(shareOf(way), 1)}`);
    const stated = [...new Set(underived.flatMap(({ share }) => (share ? [shareInWords(share)] : [])))];
    const names = new Set(counted.map(({ table }) => table));
    return [
      {
        rule: 'figure-without-derivation',
        title: `${title}: the stated share follows from no count`,
        statements: [
          ...underived.map(({ place, quote }) => ({ place, quote })),
          ...tablesOf(assessment)
            .filter((table) => names.has(table.id))
            .map(({ place }) => ({ place, quote: counts.join(', or ') })),
        ],
        arithmetic: `Items give ${counts[0]}, the findings below them ${counts[1]}; ${stated.join(', ')} is neither.`,
      },
    ];
  });
}
