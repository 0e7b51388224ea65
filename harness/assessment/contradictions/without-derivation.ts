import { formatAsStated } from '../../judge/format.ts';
import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf } from '../claims.ts';
import { ownCount, rowsOf, shareOf, tablesOf, waysToCount } from '../rows.ts';
import { formatStatedShare, sharesAgree } from '../stated-value.ts';

/** The rows can be counted in several ways, and none of them gives the stated share. */
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
    const stated = [...new Set(underived.flatMap(({ share }) => (share ? [formatStatedShare(share)] : [])))];
    const names = new Set(counted.map(({ table }) => table));
    return [
      {
        rule: 'figure-without-derivation',
        title: `${title}: no count gives the stated share`,
        statements: [
          ...underived.map(({ place, quote }) => ({ place, quote })),
          ...tablesOf(assessment)
            .filter((table) => names.has(table.id))
            .map(({ place }) => ({ place, quote: counts.join(', or ') })),
        ],
        arithmetic: `The items give ${counts[0]}, their findings ${counts[1]}; ${stated.join(', ')} is neither.`,
      },
    ];
  });
}
