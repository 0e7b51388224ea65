import { formatAsStated } from '../judge/format.ts';
import { add, type Fraction, fraction, multiply, toRatio, zero } from '../plan/ratio.ts';
import type { AssessedCategory, Assessment } from './assessment.ts';
import type { WeightedTotal } from './assessment-result.ts';
import { ownCount, rowsOf, shareOf } from './rows.ts';
import { formatValue, statedShare } from './stated-value.ts';

interface Score {
  share: Fraction;
  words: string;
}

/** The total of the stated scores. */
export function statedTotal({ categories }: Assessment): WeightedTotal {
  return weigh(categories, statedScore);
}

/**
 * The total from the assessment's own rows. Every score whose fact can be counted from rows is counted again;
 * the other scores stay as stated.
 */
export function recountedTotal(assessment: Assessment): WeightedTotal {
  return weigh(assessment.categories, (category) => {
    const fact = assessment.facts.find(({ id }) => id === category.fact);
    const count = fact?.counted && ownCount(rowsOf(assessment, fact.counted));
    if (!count) return statedScore(category);
    const share = shareOf(count);
    return { share, words: `${count.num} of ${count.den} = ${formatAsStated(share, 1)}` };
  });
}

function statedScore({ score }: AssessedCategory): Score {
  const share = statedShare(score)?.exact ?? zero;
  const words =
    score.kind === 'count' ? `${formatValue(score)} = ${formatAsStated(share, 1)}` : formatValue(score);
  return { share, words };
}

function weigh(
  categories: readonly AssessedCategory[],
  scoreOf: (category: AssessedCategory) => Score,
): WeightedTotal {
  const scored = categories.map((category) => {
    const score = scoreOf(category);
    return { category, score, weighted: multiply(fraction(category.weight, 100), score.share) };
  });
  const total = scored.reduce<Fraction>((sum, { weighted }) => add(sum, weighted), zero);
  const totalText = formatAsStated(total, 2);
  const terms = scored.map(({ category, score }) =>
    score.words.includes('=')
      ? `${category.weight} × (${score.words})`
      : `${category.weight} × ${score.words}`,
  );
  return {
    rows: scored.map(({ category, score, weighted }) => ({
      id: category.id,
      title: category.title,
      weight: category.weight,
      score: toRatio(score.share),
      scoreText: score.words,
      weightedText: formatAsStated(weighted, 2),
    })),
    total: toRatio(total),
    totalText,
    arithmetic: `${terms.join(' + ')} = ${totalText}`,
  };
}
