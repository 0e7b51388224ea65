import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { differentValues } from './different-values.ts';
import { headlineDiffersFromTable, weightedScoreDiffers } from './headline.ts';
import { neverMeasured } from './never-measured.ts';
import { goodMarkBesideOpenFindings } from './open-findings.ts';
import { countOfOtherRows } from './other-denominator.ts';
import { shareDiffersFromOwnRows } from './own-rows.ts';
import { figureWithoutDerivation } from './without-derivation.ts';

/** All contradictions within an assessment, found by general rules, in the order of the rules. */
export function findContradictions(assessment: Assessment): Contradiction[] {
  return [
    headlineDiffersFromTable,
    weightedScoreDiffers,
    shareDiffersFromOwnRows,
    countOfOtherRows,
    figureWithoutDerivation,
    differentValues,
    neverMeasured,
    goodMarkBesideOpenFindings,
  ].flatMap((rule) => rule(assessment));
}
