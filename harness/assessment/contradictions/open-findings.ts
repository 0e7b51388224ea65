import type { Assessment } from '../assessment.ts';
import type { Contradiction } from '../assessment-result.ts';
import { claimsOf } from '../claims.ts';
import { rowsOf } from '../rows.ts';

/** A statement is marked as good although its own rows list open findings. */
export function goodMarkBesideOpenFindings(assessment: Assessment): Contradiction[] {
  return claimsOf(assessment).flatMap((claim): Contradiction[] => {
    if (claim.mark !== 'ok') return [];
    const findings = rowsOf(assessment, claim.described).flatMap((row) =>
      (row.findings.length > 0 ? row.findings : [row]).map((finding) => ({ ...finding, place: row.place })),
    );
    const open = findings.filter(({ mark }) => mark !== 'ok');
    if (open.length === 0) return [];
    return [
      {
        rule: 'good-mark-beside-open-findings',
        title: `"${claim.quote}" despite ${open.length === 1 ? 'an open finding' : `${open.length} open findings`}`,
        statements: [
          { place: claim.place, quote: claim.quote },
          ...open.map(({ place, title, words }) => ({ place, quote: `${title}: ${words}` })),
        ],
        arithmetic: `${findings.length - open.length} of ${findings.length} findings are closed; open: ${open.map(({ title }) => title).join(', ')}.`,
      },
    ];
  });
}
