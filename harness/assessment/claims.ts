import type { AssessedFact, Assessment, Claim } from './assessment.ts';
import { complementOf, type StatedShare, statedShare } from './stated-value.ts';

/** A statement with the share it makes on the fact it is led back to. */
export interface PlacedClaim extends Claim {
  /** The fact itself, or the one that it is the complement of. */
  about: AssessedFact;
  /** Share of `about`, where the value is a share. */
  share?: StatedShare;
  /** Whether `share` was turned round, since the statement is on the complement. */
  turned: boolean;
}

/** Every statement of the document: the claims, the categories' scores and the conditions' current values. */
export function claimsOf(assessment: Assessment): PlacedClaim[] {
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
        turned: base !== undefined,
      },
    ];
  });
}
