import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf, type ResolvedClaim } from '../claims.ts';
import { formatStatedShare, formatValue, sharesAgree, valuesAgree } from '../stated-value.ts';

/**
 * Statements about the same fact give different values. Totals are left to the rule that recomputes them,
 * because their table shows which value is right.
 */
export function differentValues(assessment: Assessment): Contradiction[] {
  const claims = claimsOf(assessment);
  return assessment.facts.flatMap((fact): Contradiction[] => {
    if (fact.total) return [];
    const groups = groupByValue(claims.filter(({ about }) => about.id === fact.id));
    if (groups.length < 2) return [];
    return [
      {
        rule: 'same-fact-different-values',
        title: `${fact.title}: ${groups.length} values for one fact`,
        statements: groups.flat().map(({ place, quote }) => ({ place, quote })),
        arithmetic: groups.map(formatGroup).join(' ≠ '),
      },
    ];
  });
}

function groupByValue(claims: readonly ResolvedClaim[]): ResolvedClaim[][] {
  const groups: ResolvedClaim[][] = [];
  for (const claim of claims) {
    const group = groups.find(([first]) => first !== undefined && agree(first, claim));
    if (group) group.push(claim);
    else groups.push([claim]);
  }
  return groups;
}

function agree(left: ResolvedClaim, right: ResolvedClaim): boolean {
  if (left.share && right.share) return sharesAgree(left.share, right.share);
  return valuesAgree(left.value, right.value);
}

function formatGroup(claims: readonly ResolvedClaim[]): string {
  // A statement about the complement needs an explanation.
  const claim = claims.find(({ complemented }) => !complemented) ?? claims[0];
  if (!claim) return '';
  const value = formatValue(claim.value);
  const words =
    claim.complemented && claim.share ? `${formatStatedShare(claim.share)} (100 % minus ${value})` : value;
  return claims.length === 1 ? words : `${words} (${claims.length} times)`;
}
