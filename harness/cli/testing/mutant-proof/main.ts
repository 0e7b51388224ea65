import { join } from 'node:path';
import { mutants } from '../../../../scenarios/mutants/catalogue.ts';
import { openResultFile } from '../../../run/prove/result-file.ts';
import { runProofCommand } from '../proofs/run-proof-command.ts';
import { areAllCaught, reportMutants, summarise, toMarkdown } from './mutant-report.ts';
import { MutantResult } from './mutant-result.ts';
import { proveMutants } from './prove-mutants.ts';
import { selectMutants } from './select-mutants.ts';

/**
 * Proves that a run gives NO-GO, with the right root cause first, for each bug of `scenarios/mutants`:
 * `npm run prove:mutants -- [<id or pattern> ...] [--kind 5] [--part 3/7 | --part date/7] [--limit <minutes>]
 * [--resume] [--whole] [--concurrency 2]`.
 * `--whole` measures each mutant by every check, as a run does, instead of by the checks that the mutant names.
 * `--resume` continues a proof that was killed or whose time was over, if no source has changed. The report is in
 * `reports/mutants`.
 */
await runProofCommand({
  folder: 'mutants',
  hint: 'npm run prove:mutants -- [<id> ...] [--kind 5] [--part 3/7] [--limit <minutes>] [--resume] [--whole]',
  concurrency: 2,
  more: { kind: 'string', whole: 'boolean' },
  async prove({ context, folder, given, signal, isOver }) {
    const startedAt = performance.now();
    const { patterns, part, resume, concurrency, more } = given;
    const kind = typeof more.kind === 'string' ? more.kind : undefined;
    const selected = selectMutants(mutants, { patterns, kind, part });
    const whole = more.whole === true;
    const file = await openResultFile({
      file: join(folder, whole ? 'whole.jsonl' : 'mutants.jsonl'),
      schema: 'readiness.mutants/1',
      line: MutantResult,
      packageRoot: context.packageRoot,
      resume,
    });
    const results = await proveMutants({
      context,
      mutants: selected,
      file,
      whole,
      concurrency,
      signal,
      isOver,
    });
    const durationMs = performance.now() - startedAt;
    const report = reportMutants({ mutants: selected, results, durationMs });
    return {
      report,
      markdown: toMarkdown(report, selected),
      summary: summarise(report),
      problems: [],
      isGood: areAllCaught(report),
    };
  },
});
