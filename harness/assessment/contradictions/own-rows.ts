import { formatAsStated } from '../../judge/format.ts';
import { complement } from '../../plan/ratio.ts';
import type { AssessedFact, Assessment, RowSelection } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf, type ResolvedClaim } from '../claims.ts';
import { type Count, countRows, ownCount, rowsOf, shareOf, tablesOf } from '../rows.ts';
import { formatStatedShare, type StatedShare, sharesAgree } from '../stated-value.ts';

/** A stated share differs from the share counted from its own rows. */
export function shareDiffersFromOwnRows(assessment: Assessment): Contradiction[] {
  const claims = claimsOf(assessment);
  return assessment.facts.flatMap((fact): Contradiction[] => {
    if (!fact.counted) return [];
    const count = ownCount(rowsOf(assessment, fact.counted));
    if (!count) return [];
    const share = shareOf(count);
    const differing = claims.filter(
      (claim) => claim.about.id === fact.id && claim.share && !sharesAgree(claim.share, { exact: share }),
    );
    if (differing.length === 0) return [];
    return [
      {
        rule: 'share-differs-from-own-rows',
        title: `${fact.title}: the stated share differs from its own rows`,
        statements: [
          ...differing.map(({ place, quote }) => ({ place, quote })),
          ...rowStatements(assessment, fact),
        ],
        arithmetic: [
          `The rows give ${count.num} of ${count.den} = ${formatAsStated(share, 1)}`,
          ...distinctShares(differing).map(
            (stated) => `not ${formatStatedShare(stated)}${reason(assessment, fact, stated, count)}`,
          ),
        ].join('; '),
      },
    ];
  });
}

function rowStatements(assessment: Assessment, fact: AssessedFact): { place: string; quote: string }[] {
  return (fact.counted ?? []).map((selection) => {
    const { num, den } = countRows(rowsOf(assessment, [selection]));
    const table = tablesOf(assessment).find(({ id }) => id === selection.table);
    return { place: table?.place ?? selection.table, quote: `${num} of ${den} rows work` };
  });
}

function distinctShares(claims: readonly ResolvedClaim[]): StatedShare[] {
  const shares: StatedShare[] = [];
  for (const { share } of claims) {
    if (share && !shares.some((known) => sharesAgree(known, share))) shares.push(share);
  }
  return shares;
}

/** The likely origin of a wrong figure: the complement, or only some of the tables. Empty if unknown. */
function reason(assessment: Assessment, fact: AssessedFact, stated: StatedShare, count: Count): string {
  const other = complement(shareOf(count));
  if (sharesAgree(stated, { exact: other })) {
    return `, which is the failed share (${count.den - count.num} of ${count.den} = ${formatAsStated(other, 1)})`;
  }
  for (const part of properSubsets(fact.counted ?? [])) {
    const some = countRows(rowsOf(assessment, part));
    if (some.den > 0 && sharesAgree(stated, { exact: shareOf(some) })) {
      const rest = (fact.counted ?? []).filter((selection) => !part.includes(selection));
      const omitted = countRows(rowsOf(assessment, rest));
      return `, which counts only ${titles(assessment, part)} (${some.num} of ${some.den}) and omits ${titles(assessment, rest)} (${omitted.num} of ${omitted.den})`;
    }
  }
  return '';
}

function properSubsets(selections: readonly RowSelection[]): RowSelection[][] {
  return Array.from({ length: 2 ** selections.length - 2 }, (_, index) =>
    selections.filter((_selection, position) => ((index + 1) >> position) & 1),
  );
}

function titles(assessment: Assessment, selections: readonly RowSelection[]): string {
  const tables = tablesOf(assessment);
  return selections
    .map(({ table, row }) => `"${row ?? tables.find(({ id }) => id === table)?.title ?? table}"`)
    .join(' and ');
}
