import type { ContextFinding } from '../../engine/build-context-report.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { checkBuildContext } from './check-build-context.ts';

/** How the assessment of 7 August 2025 reports such a build: its first critical blocker. */
export const assessedFailure = {
  title: 'Docker Build System Failure',
  error: '../pyairtable-common is not a valid editable requirement',
  impact: 'Cannot deploy services',
} as const;

/**
 * Ensures that the image can be built from the repository alone. Call it before a build: what the builder reports is
 * far from the cause, and comes minutes later.
 * @throws ReadinessError (exit code 4) with every finding, beside the error that the assessment reports
 */
export async function requireCompleteContext(root: string): Promise<void> {
  const { findings } = await checkBuildContext(root);
  if (findings.length === 0) return;
  throw new ReadinessError('build-context-incomplete', describeFindings(findings));
}

/** All findings as text: what, where and how to fix each. */
export function describeFindings(findings: readonly ContextFinding[]): string {
  const { title, error, impact } = assessedFailure;
  return [
    'The image cannot be built from this repository alone.',
    ...findings.map(({ what, where, fix }) => `  ${where}: ${what}\n    how to fix: ${fix}`),
    `  The assessment of 7 August 2025 reports this failure as "${title}": ${error} (impact: ${impact}).`,
  ].join('\n');
}
