import pLimit from 'p-limit';
import { MissingCapability } from '../../../engine/failures/missing-capability.ts';
import { awaitSteadyState, readSteadyState, requireComplete } from '../../../faults/steady-state.ts';
import { earlyFirst, inOrder, runsAlone } from './plan-proofs.ts';
import { isWrong, type Proof, type ProofResult } from './proof.ts';
import type { ProofPlatform } from './proof-platform.ts';

export interface GroupOptions {
  open(): Promise<ProofPlatform>;
  /** Number of proofs at the same time, of those that others do not notice. */
  concurrency: number;
  /** Interrupts everything; an interrupted proof has no result. */
  signal: AbortSignal;
  /** Whether no proof may start any more. */
  isOver(): boolean;
  /** Whether the platform must be as before after the proofs; it need not where it has booted broken. */
  verifies: boolean;
  record(result: ProofResult): Promise<void>;
  /** Learns what is wrong besides a proof. */
  problem(text: string): void;
}

/**
 * Runs the proofs that share a platform: first those that others do not notice, several at a time, then the others
 * alone. After each of these the platform must be as before; if it is not, the next ones get a new platform.
 */
export async function proveGroup(proofs: readonly Proof[], options: GroupOptions): Promise<void> {
  const { signal, verifies } = options;
  const mayStart = () => !signal.aborted && !options.isOver();
  const record = async (result: ProofResult) => {
    if (!signal.aborted) await options.record(result);
  };
  let together = earlyFirst(proofs.filter((proof) => !runsAlone(proof)));
  let alone = inOrder(proofs.filter(runsAlone));
  do {
    if (!mayStart()) return;
    await using platform = await options.open();
    const steady = verifies ? await readSteadyState(platform.stack) : undefined;
    if (steady) requireComplete(steady);
    const changed = async () => (steady ? await awaitSteadyState(platform.stack, steady, signal) : []);
    const limit = pLimit(options.concurrency);
    await Promise.all(
      together.map((proof) =>
        limit(async () => {
          if (mayStart()) await record(await proveOne(platform, proof));
        }),
      ),
    );
    together = [];
    let differences = await changed();
    if (differences.length > 0) options.problem(`Proofs side by side left: ${differences.join('; ')}`);
    while (differences.length === 0 && alone.length > 0 && mayStart()) {
      const [proof, ...rest] = alone as [Proof, ...Proof[]];
      alone = rest;
      const result = await proveOne(platform, proof);
      differences = await changed();
      if (differences.length > 0) platform.keepLogs();
      await record(differences.length === 0 ? result : notHealed(result, differences));
    }
  } while (alone.length > 0);
}

function notHealed(result: ProofResult, differences: readonly string[]): ProofResult {
  return { ...result, state: 'not-healed', seen: `${result.seen} Afterwards ${differences.join('; ')}` };
}

async function proveOne(platform: ProofPlatform, proof: Proof): Promise<ProofResult> {
  const startedAt = performance.now();
  const outcome = await platform
    .prove(proof)
    .catch(
      (error: unknown): Pick<ProofResult, 'state' | 'seen'> =>
        error instanceof MissingCapability
          ? { state: 'unproven', seen: [error.message, error.hint].join(' ') }
          : { state: 'harness-failure', seen: String(error instanceof Error ? error.message : error) },
    );
  const result: ProofResult = {
    check: proof.check.id,
    ...(proof.defect ? { defect: proof.defect.defect } : {}),
    ...outcome,
    tookMs: Math.round(performance.now() - startedAt),
  };
  if (isWrong(result)) platform.keepLogs();
  return result;
}
