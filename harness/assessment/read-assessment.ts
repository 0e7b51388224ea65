import { type Problem, parseInput, throwProblems } from '../plan/input-error.ts';
import { duplicates, weightProblems } from '../plan/policy.ts';
import { Assessment, type RowSelection } from './assessment.ts';
import { rowsOf, tablesOf } from './rows.ts';

/**
 * Parses a transcribed assessment and rejects one with unresolved references.
 * @throws ReadinessError `assessment-invalid` (exit code 2) that lists all problems.
 */
export function readAssessment(value: unknown): Assessment {
  const options = { code: 'assessment-invalid', subject: 'The assessment' } as const;
  const assessment = parseInput(Assessment, value, {
    ...options,
    fix: 'Compare with the schema `readiness.assessment/1` in harness/assessment/assessment.ts.',
  });
  throwProblems(
    [...weightProblems(assessment.categories), ...nameProblems(assessment), ...referenceProblems(assessment)],
    options,
  );
  return assessment;
}

function nameProblems(assessment: Assessment): Problem[] {
  const named: [string, readonly string[]][] = [
    ['category', assessment.categories.map(({ id }) => id)],
    ['condition', assessment.conditions.map(({ id }) => id)],
    ['fact', assessment.facts.map(({ id }) => id)],
    ['table', tablesOf(assessment).map(({ id }) => id)],
    ...tablesOf(assessment).map((table): [string, string[]] => [
      `row of "${table.id}"`,
      table.rows.map(({ title }) => title),
    ]),
  ];
  return named.flatMap(([noun, names]) =>
    duplicates(names).map((name) => ({
      what: `${noun} "${name}" occurs more than once.`,
      fix: 'Give each one a unique name.',
    })),
  );
}

function referenceProblems(assessment: Assessment): Problem[] {
  const facts = new Set(assessment.facts.map(({ id }) => id));
  const named: (string | undefined)[] = [
    ...assessment.claims.map(({ fact }) => fact),
    ...assessment.categories.map(({ fact }) => fact),
    ...assessment.conditions.map(({ states }) => states?.fact),
    ...assessment.facts.map(({ complementOf }) => complementOf),
  ];
  const selections: RowSelection[] = [
    ...assessment.facts.flatMap(({ counted }) => counted ?? []),
    ...assessment.conditions.flatMap(({ counted }) => counted ?? []),
    ...[...assessment.claims, ...assessment.categories].flatMap(({ described }) => described),
    ...assessment.claims.flatMap(({ needs }) => needs),
    ...tablesOf(assessment).flatMap(({ rows }) => rows.flatMap(({ needs }) => needs)),
  ];
  const unknown = new Set(named.filter((id) => id !== undefined && !facts.has(id)));
  const nowhere = new Set(
    selections
      .filter((selection) => rowsOf(assessment, [selection]).length === 0)
      .map((selection) => JSON.stringify(selection)),
  );
  return [
    ...[...unknown].map((id) => ({
      what: `a statement is about fact "${id}", which is not declared.`,
      fix: 'Declare the fact, or correct its id.',
    })),
    ...[...nowhere].map((selection) => ({
      what: `${selection} selects no row.`,
      fix: 'Correct the table, kind or row.',
    })),
  ];
}
