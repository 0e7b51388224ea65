import { markdownTable } from '../../../../repository/markdown-table.ts';
import { isWrong, keyOf, type Proof, type ProofResult, type ProofState, proofKey } from './proof.ts';

/** What the proofs of the selected checks came to. */
export interface ProofReport {
  schema: 'readiness.proof-report/1';
  /** In the order of the checks. */
  results: readonly ProofResult[];
  /** Proofs that did not start, because the time was over or the proof was interrupted. */
  notRun: readonly Pick<ProofResult, 'check' | 'defect'>[];
  /** Checks that declare no break: nothing shows that they can fail. */
  withoutBreak: readonly string[];
  /** What went wrong besides the proofs. */
  problems: readonly string[];
  durationMs: number;
}

const words: Record<ProofState, string> = {
  green: 'green',
  red: 'red, as declared',
  'red-without-break': 'RED WITHOUT A BREAK',
  'green-under-break': 'GREEN UNDER ITS BREAK',
  'other-failure': 'FAILED FOR ANOTHER REASON',
  'harness-failure': 'THE HARNESS FAILED',
  'not-healed': 'NOT HEALED',
  unproven: 'unproven',
};

/** Maximum length of what a check saw, in the table. */
const seenLength = 300;

export function reportProofs(options: {
  proofs: readonly Proof[];
  results: readonly ProofResult[];
  problems: readonly string[];
  durationMs: number;
}): ProofReport {
  const { proofs, problems, durationMs } = options;
  const byKey = new Map(options.results.map((result) => [proofKey(result), result]));
  return {
    schema: 'readiness.proof-report/1',
    results: proofs.flatMap((proof) => byKey.get(keyOf(proof)) ?? []),
    notRun: proofs
      .filter((proof) => !byKey.has(keyOf(proof)))
      .map(({ check, defect }) => ({ check: check.id, ...(defect ? { defect: defect.defect } : {}) })),
    withoutBreak: proofs
      .filter(({ check, defect }) => !defect && (check.breaks ?? []).length === 0)
      .map(({ check }) => check.id),
    problems,
    durationMs,
  };
}

export function isProven({ results, problems }: Pick<ProofReport, 'results' | 'problems'>): boolean {
  return problems.length === 0 && !results.some(isWrong);
}

/** The summary in one line. */
export function summarise(report: ProofReport): string {
  const count = (state: ProofState) => report.results.filter((result) => result.state === state).length;
  const wrong = report.results.filter(isWrong).length + report.problems.length;
  return [
    `${count('green')} checks green on the unbroken platform`,
    `${count('red')} breaks red as declared`,
    `${wrong} wrong`,
    `${count('unproven')} unproven`,
    `${report.notRun.length} not run`,
    `${report.withoutBreak.length} checks without a break`,
    `${Math.round(report.durationMs / 1000)} s`,
  ].join(', ');
}

export function toMarkdown(report: ProofReport): string {
  const rows = (results: readonly ProofResult[]) =>
    results.map((result) => [
      `\`${result.check}\``,
      result.defect ?? '(unbroken)',
      `${words[result.state]}: ${oneLine(result.seen)}`,
      `${(result.tookMs / 1000).toFixed(1)} s`,
    ]);
  const header = ['Check', 'Defect', 'Seen', 'Took'];
  const { results } = report;
  const sections = [
    '# Red proofs',
    `${summarise(report)}.`,
    ...listed('Problems', report.problems),
    ...tabled('Wrong', header, rows(results.filter(isWrong))),
    ...tabled('Red under their breaks', header, rows(results.filter(({ state }) => state === 'red'))),
    ...tabled('Green without', header, rows(results.filter(({ state }) => state === 'green'))),
    ...tabled('Unproven', header, rows(results.filter(({ state }) => state === 'unproven'))),
    ...listed(
      'Not run',
      report.notRun.map(({ check, defect }) => `\`${check}\`: ${defect ?? '(unbroken)'}`),
    ),
    ...listed(
      'Checks without a break',
      report.withoutBreak.map((id) => `\`${id}\``),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

const tabled = (title: string, header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [`## ${title}`, markdownTable(header, rows)];

const listed = (title: string, texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : [`## ${title}`, texts.map((text) => `- ${text}`).join('\n')];

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > seenLength ? `${line.slice(0, seenLength)} …` : line;
}
