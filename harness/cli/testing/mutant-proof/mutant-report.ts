import { markdownTable } from '../../../../repository/markdown-table.ts';
import type { Mutant } from '../../../../scenarios/mutants/mutant.ts';
import { isWrong, type MutantResult, type MutantState } from './mutant-result.ts';

/** What the selected mutants came to. */
export interface MutantReport {
  schema: 'readiness.mutant-report/1';
  /** In the order of the mutants, the unbroken platform first. */
  results: readonly MutantResult[];
  /** Ids of mutants that were not measured, because the time was over or the proof was interrupted. */
  notRun: readonly string[];
  durationMs: number;
}

const words: Record<MutantState, string> = {
  caught: 'NO-GO, as declared',
  green: 'green',
  survived: 'SURVIVED',
  'other-cause': 'ANOTHER ROOT CAUSE FIRST',
  missed: 'A DECLARED CHECK PASSED',
  'red-without-mutant': 'RED WITHOUT A MUTANT',
  'harness-failure': 'THE HARNESS FAILED',
  unproven: 'unproven',
};

/** Maximum length of what a run said, in the table. */
const seenLength = 400;

export function reportMutants(options: {
  mutants: readonly Mutant[];
  results: readonly MutantResult[];
  durationMs: number;
}): MutantReport {
  const byId = new Map(options.results.map((result) => [result.mutant, result]));
  const ids = [undefined, ...options.mutants.map(({ id }) => id)];
  return {
    schema: 'readiness.mutant-report/1',
    results: ids.flatMap((id) => byId.get(id) ?? []),
    notRun: options.mutants.map(({ id }) => id).filter((id) => !byId.has(id)),
    durationMs: options.durationMs,
  };
}

export function areAllCaught({ results }: MutantReport): boolean {
  return !results.some(isWrong);
}

/** The summary in one line. */
export function summarise(report: MutantReport): string {
  const count = (state: MutantState) => report.results.filter((result) => result.state === state).length;
  return [
    `${count('caught')} mutants caught as declared`,
    `${count('survived')} survived`,
    `${count('other-cause') + count('missed')} caught otherwise`,
    `${count('red-without-mutant') + count('harness-failure')} failures`,
    `${count('unproven')} unproven`,
    `${report.notRun.length} not run`,
    `${Math.round(report.durationMs / 1000)} s`,
  ].join(', ');
}

export function toMarkdown(report: MutantReport, mutants: readonly Mutant[]): string {
  const byId = new Map(mutants.map((mutant) => [mutant.id, mutant]));
  const rows = report.results
    .toSorted((a, b) => Number(isWrong(b)) - Number(isWrong(a)))
    .map((result) => {
      const mutant = byId.get(result.mutant ?? '');
      return [
        mutant ? String(mutant.kind) : '',
        `\`${result.mutant ?? '(unbroken)'}\``,
        mutant?.defect ?? '',
        `${words[result.state]}: ${oneLine(result.seen)}`,
        `${(result.tookMs / 1000).toFixed(1)} s`,
      ];
    });
  const sections = [
    '# Mutants',
    `${summarise(report)}.`,
    markdownTable(['Kind', 'Mutant', 'Defect', 'Seen', 'Took'], rows),
    ...(report.notRun.length > 0 ? ['## Not run', report.notRun.map((id) => `- \`${id}\``).join('\n')] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > seenLength ? `${line.slice(0, seenLength)} …` : line;
}
