import { formatAsStated } from '../../judge/format.ts';
import { fraction, fromRatio, multiply } from '../../plan/ratio.ts';
import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf } from '../claims.ts';
import { formatStatedShare, sharesAgree, statedShare } from '../stated-value.ts';
import { statedTotal } from '../weighted-total.ts';

/** A stated total differs from the sum of the weighted table. */
export function headlineDiffersFromTable(assessment: Assessment): Contradiction[] {
  const { total, arithmetic } = statedTotal(assessment);
  const claims = claimsOf(assessment);
  return assessment.facts.flatMap((fact): Contradiction[] => {
    if (!fact.total) return [];
    const own = claims.filter(({ about, share }) => about.id === fact.id && share);
    const differing = own.filter(({ share }) => share && !sharesAgree(share, { exact: fromRatio(total) }));
    if (differing.length === 0) return [];
    const agreeing = own.filter((claim) => !differing.includes(claim));
    const stated = differing.map(({ share }) => (share ? formatStatedShare(share) : ''));
    return [
      {
        rule: 'headline-differs-from-table',
        title: `${fact.title}: the headline differs from the sum of the table`,
        statements: [
          ...[...differing, ...agreeing].map(({ place, quote }) => ({ place, quote })),
          ...assessment.categories.slice(0, 1).map(({ place }) => ({ place, quote: arithmetic })),
        ],
        arithmetic: `${arithmetic}, not ${[...new Set(stated)].join(', ')}`,
      },
    ];
  });
}

/** A weighted score in the table differs from weight times score. */
export function weightedScoreDiffers({ categories }: Assessment): Contradiction[] {
  return categories.flatMap(({ title, place, weight, score, weighted }): Contradiction[] => {
    const share = statedShare(score);
    const stated = weighted === undefined ? undefined : statedShare({ kind: 'share', percent: weighted });
    if (!share || !stated) return [];
    const product = multiply(fraction(weight, 100), share.exact);
    if (sharesAgree(stated, { exact: product })) return [];
    const row = `${place}, "${title}"`;
    return [
      {
        rule: 'weighted-score-differs',
        title: `${title}: the weighted score is not weight times score`,
        statements: [
          { place: row, quote: `weighted ${formatStatedShare(stated)}` },
          { place: row, quote: `weight ${weight} %, score ${formatStatedShare(share)}` },
        ],
        arithmetic: `${weight} × ${formatStatedShare(share)} = ${formatAsStated(product, 2)}, not ${formatStatedShare(stated)}`,
      },
    ];
  });
}
