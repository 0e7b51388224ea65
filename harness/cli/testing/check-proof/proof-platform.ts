import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checks } from '../../../../scenarios/catalogue.ts';
import { runAlone } from '../../../../scenarios/testing/run-alone.ts';
import { sourceAddresses } from '../../../engine/instruments/http/source-addresses.ts';
import { openInstruments } from '../../../engine/instruments/open-instruments.ts';
import type { Change } from '../../../faults/change.ts';
import type { Capability, PlannedCheck } from '../../../plan/plan.ts';
import { toPlan } from '../../../plan/to-plan.ts';
import { changePlatform } from '../../../run/platform/change-platform.ts';
import { openPlatform } from '../../../run/platform/open-platform.ts';
import { platformCapabilities } from '../../../run/platform/platform-capabilities.ts';
import type { StackAddition } from '../../../run/platform/stack-addition.ts';
import type { RunContext } from '../../../run/run-context.ts';
import { createRunFolder, newRunId } from '../../../run/run-folder.ts';
import { capabilityHint, machineCapabilities, type Tool } from '../../../run/tools.ts';
import type { BootedStack } from '../../../runtime/runtime.ts';
import { judgeProof } from './judge-proof.ts';
import type { Proof, ProofResult } from './proof.ts';

const bootTimeoutMs = 90_000;
/** On a busy machine a check takes longer than in a run. */
const slowness = 2;

/** A booted platform on which proofs run. */
export interface ProofPlatform extends AsyncDisposable {
  readonly stack: BootedStack;
  /** Runs the check under its break, lifts the break and judges. */
  prove(proof: Proof): Promise<Omit<ProofResult, 'check' | 'defect' | 'tookMs'>>;
  /** Keeps the folder with the logs of the services. */
  keepLogs(): void;
}

const plan = toPlan({
  definitions: checks,
  selected: new Set(checks.map(({ id }) => id)),
  runtime: 'process',
  seed: 1,
});
const planned: ReadonlyMap<string, PlannedCheck> = new Map(plan.checks.map((check) => [check.id, check]));

/** Boots the platform. @throws Error when a node of an unchanged platform does not start */
export async function openProofPlatform(options: {
  context: RunContext;
  tools: readonly Tool[];
  with: readonly StackAddition[];
  changes: readonly Change[];
  signal: AbortSignal;
}): Promise<ProofPlatform> {
  const { context, tools, changes, signal } = options;
  await using cleanup = new AsyncDisposableStack();
  const runId = newRunId(context.now());
  const runDir = await createRunFolder(context.runsDir, `proof-${runId}`);
  let keepsLogs = false;
  cleanup.defer(async () => {
    if (!keepsLogs) await rm(runDir, { recursive: true, force: true });
  });
  const platform = cleanup.use(
    await openPlatform({
      context,
      runId,
      runDir,
      fixedPorts: false,
      with: options.with,
      monitoring: options.with.includes('monitoring'),
      traces: true,
      bootTimeoutMs,
      changes,
      signal,
    }),
  );
  const { stack } = platform;
  const failed = stack.boot.find(({ state }) => state !== 'ready');
  if (failed && changes.length === 0) {
    keepsLogs = true;
    throw new Error(
      `${failed.node} did not start: ${failed.failure?.cause ?? 'not started'}; see ${join(runDir, 'logs')}`,
    );
  }
  const capabilities = new Set<Capability>([
    ...machineCapabilities(context, tools),
    ...platformCapabilities(platform, 'all'),
  ]);
  const addresses = sourceAddresses({ many: capabilities.has('many-source-addresses'), runId });
  let runs = 0;
  const owned = cleanup.move();
  return {
    stack,
    keepLogs() {
      keepsLogs = true;
    },
    async prove({ check, defect }) {
      const inPlan = planned.get(check.id);
      if (!inPlan) throw new Error(`${check.id} is not planned`);
      const missing = inPlan.requires.find((capability) => !capabilities.has(capability));
      if (missing !== undefined) {
        const hint = capabilityHint(missing, { tools, runtime: 'process' });
        return { state: 'unproven', seen: `Needs ${missing}: ${hint}` };
      }
      runs += 1;
      const number = runs;
      // Short, because the path of the browser's socket has at most 108 characters.
      const tmpDir = join(platform.tmpDir, String(number));
      await mkdir(tmpDir, { mode: 0o700 });
      await using changed = await changePlatform(defect?.changes ?? [], {
        platform,
        packageRoot: context.packageRoot,
        folder: join(tmpDir, 'checkout'),
      });
      await using instruments = openInstruments({
        ...changed.instruments({
          capabilities,
          // The names of accounts come from both.
          seed: number,
          runId: `${runId}-${number}`,
          cacheDir: context.cacheDir,
          tools,
        }),
        // Programs of the same check may run side by side, and write files of the same names.
        tmpDir,
        addresses,
      });
      const { facts } = await runAlone({
        definition: check,
        plan,
        instruments,
        timeoutMs: inPlan.timeoutMs * slowness,
        signal,
      });
      const exited = stack.exited().map(({ node }) => node);
      return judgeProof({ check: inPlan, facts, defect, exited });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
