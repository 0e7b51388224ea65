import { join } from 'node:path';
import { checks } from '../../../../scenarios/catalogue.ts';
import { openResultFile } from '../../../run/prove/result-file.ts';
import { runProofCommand } from '../proofs/run-proof-command.ts';
import { selectProofs } from './plan-proofs.ts';
import { ProofResultLine } from './proof.ts';
import { isProven, summarise, toMarkdown } from './proof-report.ts';
import { proveChecks } from './prove-checks.ts';

/**
 * Proves that each check fails under its breaks and passes without:
 * `npm run prove:checks -- [<id or pattern> ...] [--part 3/7 | --part date/7] [--limit <minutes>] [--resume]
 * [--concurrency 4]`.
 * `--resume` continues a proof that was killed or whose time was over, if no source has changed. The report is in
 * `reports/proofs`.
 */
await runProofCommand({
  folder: 'proofs',
  hint: 'npm run prove:checks -- [<id> ...] [--part 3/7] [--limit <minutes>] [--resume] [--concurrency 4]',
  concurrency: 4,
  async prove({ context, folder, given: { patterns, part, resume, concurrency }, signal, isOver }) {
    const proofs = selectProofs(checks, { patterns, part });
    const file = await openResultFile({
      file: join(folder, 'proofs.jsonl'),
      schema: 'readiness.proofs/1',
      line: ProofResultLine,
      packageRoot: context.packageRoot,
      resume,
    });
    const report = await proveChecks({ context, proofs, file, concurrency, signal, isOver });
    return {
      report,
      markdown: toMarkdown(report),
      summary: summarise(report),
      problems: report.problems,
      isGood: isProven(report),
    };
  },
});
