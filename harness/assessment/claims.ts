import type { AssessedFact, Assessment, Claim } from './assessment.ts';
import { complementOf, type StatedShare, statedShare } from './stated-value.ts';

/** A statement with the share it claims of its base fact. */
export interface ResolvedClaim extends Claim {
  /** The base fact: the stated fact, or the fact that it complements. */
  about: AssessedFact;
  /** Share of `about`, where the value is a share. */
  share?: StatedShare;
  /** Whether `share` is one minus the stated value, because the statement is about the complement. */
  complemented: boolean;
}

/** Every statement of the assessment: claims, scores of categories, current values of conditions. */
export function claimsOf(assessment: Assessment): ResolvedClaim[] {
  const facts = new Map(assessment.facts.map((fact) => [fact.id, fact]));
  const stated: Claim[] = [
    ...assessment.claims,
    ...assessment.categories.map(({ fact, place, title, score, mark, words, described }) => ({
      fact,
      place: `${place}, "${title}"`,
      quote: `${title}: ${score.kind === 'share' ? `${score.percent}%` : `${score.num} of ${score.den}`} ${words}`,
      value: score,
      mark,
      described,
      needs: [],
    })),
    ...assessment.conditions.flatMap(({ states, place, words, current }) =>
      states ? [{ ...states, place, quote: `${words} (${current})`, described: [], needs: [] }] : [],
    ),
  ];
  return stated.flatMap((claim) => {
    const fact = facts.get(claim.fact);
    if (!fact) return [];
    const base = fact.complementOf === undefined ? undefined : facts.get(fact.complementOf);
    const share = statedShare(claim.value);
    return [
      {
        ...claim,
        about: base ?? fact,
        ...(share ? { share: base ? complementOf(share) : share } : {}),
        complemented: base !== undefined,
      },
    ];
  });
}
