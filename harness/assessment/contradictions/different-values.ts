import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf, type PlacedClaim } from '../claims.ts';
import { shareInWords, sharesAgree, valueInWords, valuesAgree } from '../stated-value.ts';

/**
 * The same fact is given several values. A total is left to the rule that recomputes it, since there the
 * table says which value is right.
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
        arithmetic: groups.map(groupInWords).join(' ≠ '),
      },
    ];
  });
}

function groupByValue(claims: readonly PlacedClaim[]): PlacedClaim[][] {
  const groups: PlacedClaim[][] = [];
  for (const claim of claims) {
    const group = groups.find(([first]) => first !== undefined && agree(first, claim));
    if (group) group.push(claim);
    else groups.push([claim]);
  }
  return groups;
}

function agree(left: PlacedClaim, right: PlacedClaim): boolean {
  if (left.share && right.share) return sharesAgree(left.share, right.share);
  return valuesAgree(left.value, right.value);
}

function groupInWords(claims: readonly PlacedClaim[]): string {
  // A statement on the fact itself needs no explanation; one on its complement does.
  const said = claims.find(({ turned }) => !turned) ?? claims[0];
  if (!said) return '';
  const value = valueInWords(said.value);
  const words = said.turned && said.share ? `${shareInWords(said.share)} (the rest of ${value})` : value;
  return claims.length === 1 ? words : `${words} (${claims.length} times)`;
}
