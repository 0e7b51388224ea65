import pLimit from 'p-limit';
import type { ResultFile } from '../../../run/prove/result-file.ts';
import type { RunContext } from '../../../run/run-context.ts';
import { findTools } from '../../../run/tools.ts';
import { groupProofs, type ProofGroup } from './plan-proofs.ts';
import { isWrong, keyOf, type Proof, type ProofResult, proofKey } from './proof.ts';
import { openProofPlatform } from './proof-platform.ts';
import { type ProofReport, reportProofs } from './proof-report.ts';
import { proveGroup } from './prove-group.ts';

/** Number of platforms at the same time where each proof boots its own. */
const parallelBoots = 2;

/**
 * Runs all proofs that have no result yet: first those on the platform as it is, then those that boot their own.
 * @param options.signal interrupts everything
 */
export async function proveChecks(options: {
  context: RunContext;
  proofs: readonly Proof[];
  file: ResultFile<ProofResult>;
  concurrency: number;
  signal: AbortSignal;
  /** Whether no proof may start any more. */
  isOver(): boolean;
}): Promise<ProofReport> {
  const { context, proofs, file, signal, isOver } = options;
  const startedAt = performance.now();
  const tools = await findTools(context.settings, context.packageRoot);
  const known = new Set(file.earlier.map(proofKey));
  const open = proofs.filter((proof) => !known.has(keyOf(proof)));
  if (known.size > 0) context.stdout.write(`${proofs.length - open.length} proofs have a result already.\n`);
  const results = [...file.earlier];
  const problems: string[] = [];
  let done = 0;
  // Bundling ends the process of the bundler, and two boots at the same time exceed time limits.
  const oneBoot = pLimit(1);

  async function record(result: ProofResult): Promise<void> {
    await file.add(result);
    results.push(result);
    done += 1;
    context.stdout.write(lineOf(result, { done, of: open.length, passedMs: performance.now() - startedAt }));
  }

  async function prove(group: ProofGroup): Promise<void> {
    if (signal.aborted || isOver()) return;
    try {
      await proveGroup(group.proofs, {
        open: () => oneBoot(() => openProofPlatform({ ...group, context, tools, signal })),
        concurrency: options.concurrency,
        verifies: group.changes.length === 0 && group.with.length === 0,
        signal,
        isOver,
        record,
        problem: (text) => problems.push(text),
      });
    } catch (error) {
      if (signal.aborted) return;
      const names = group.proofs.map(({ check }) => check.id).join(', ');
      problems.push(`${names}: ${error instanceof Error ? error.message : error}`);
    }
  }

  const groups = groupProofs(open);
  const boots = ({ with: additions, changes }: ProofGroup) => additions.length + changes.length > 0;
  for (const group of groups.filter((group) => !boots(group))) await prove(group);
  const limit = pLimit(parallelBoots);
  await Promise.all(groups.filter(boots).map((group) => limit(() => prove(group))));
  return reportProofs({ proofs, results, problems, durationMs: performance.now() - startedAt });
}

function lineOf(result: ProofResult, { done, of, passedMs }: { done: number; of: number; passedMs: number }) {
  const leftMinutes = Math.ceil(((passedMs / done) * (of - done)) / 60_000);
  const mark = isWrong(result) ? 'WRONG' : result.state === 'unproven' ? '-' : 'ok';
  const detail = isWrong(result) ? `\n    ${result.state}: ${result.seen.replaceAll('\n', '\n    ')}` : '';
  return `[${done}/${of}, ${leftMinutes} min left] ${mark} ${result.check}: ${result.defect ?? 'unbroken'} (${(result.tookMs / 1000).toFixed(1)} s)${detail}\n`;
}
