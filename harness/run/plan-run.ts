import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { ReadinessError } from '../errors/readiness-error.ts';
import type { BootFacts, CheckFacts, ExitFacts, GateFacts, Manifest } from '../evidence/facts.ts';
import type { Timeline } from '../evidence/timeline.ts';
import { type Injection, namesOf } from '../faults/fault.ts';
import { whyNotInjectable } from '../faults/injectable.ts';
import { type FrozenPlan, freezePlan } from '../plan/freeze-plan.ts';
import type { Capability, Plan } from '../plan/plan.ts';
import { rejectDestructive } from '../plan/reject-destructive.ts';
import { toPlan } from '../plan/to-plan.ts';
import type { Target } from '../runtime/external/target.ts';
import { rejectAdditions } from './platform/runtime-name.ts';
import { readGate } from './prove/gate-file.ts';
import type { RunContext } from './run-context.ts';
import { createRunFolder, newRunId, writeAtomically } from './run-folder.ts';
import type { RunRequest } from './run-request.ts';
import { readSubject } from './subject.ts';
import { findTools, machineCapabilities, type Tool } from './tools.ts';
import { makeWritable } from './writable-folder.ts';

/** What a run has observed so far. The steps fill it as they go, so a failure loses nothing. */
export interface Observations {
  boot: readonly BootFacts[];
  exits: readonly ExitFacts[];
  checks: CheckFacts[];
  capabilities: Set<Capability>;
  harnessErrors: string[];
  /** Absent before the checks have ended. */
  timeline?: Timeline;
}

export interface PlannedRun {
  id: string;
  dir: string;
  startedAt: Date;
  seed: number;
  /** Folder of the harness: a checkout, or an installed package. */
  packageRoot: string;
  /** Folder of what is kept between runs. */
  cacheDir: string;
  frozen: FrozenPlan;
  injections: readonly Injection[];
  /** How sensitive the gate was proved to be with these sources. */
  gate?: GateFacts;
  subject: Manifest['subject'];
  tools: readonly Tool[];
  runtime: Plan['runtime'];
  /** Name of the compose project that is the target. */
  adopted?: string;
  /** The deployed platform that the run measures, if it boots none. */
  target?: Target;
  /** Why sources of the target give no capability. */
  sourceFailures?: ReadonlyMap<Capability, string>;
  /** What the clean-up of a target could not remove, one sentence each; undefined before it has ended. */
  leftOnTarget?: readonly string[];
  observed: Observations;
}

/** The plan in one line, for the progress. */
export function planSummaryOf(run: PlannedRun, request: RunRequest) {
  return { runId: run.id, planSha256: run.frozen.sha256, checks: request.selected.size };
}

/**
 * Freezes the plan before anything boots, and stores it in a new run folder.
 * @throws ReadinessError (exit code 2) for an invalid plan; then no folder is created.
 */
export async function planRun(context: RunContext, request: RunRequest): Promise<PlannedRun> {
  const startedAt = context.now();
  const id = newRunId(startedAt);
  const seed = request.seed ?? randomInt(0, 2 ** 32);
  const { definitions, selected } = request;
  const { target } = request;
  if (!target) {
    rejectAdditions(request.runtime ?? 'process', request.with);
    rejectFaults(request);
  }
  const rejected = target
    ? rejectDestructive(definitions, { ...target, ...target.target })
    : new Map<string, string>();
  const frozen = freezePlan(
    toPlan({
      definitions,
      selected,
      rejected,
      runtime: target ? 'external' : (request.runtime ?? 'process'),
      seed,
    }),
  );
  await makeWritable(context.cacheDir, 'READINESS_CACHE');
  const dir = await createRunFolder(context.runsDir, id);
  await writeAtomically(join(dir, 'plan.json'), frozen.json);
  const { packageRoot } = context;
  const gate = await readGate(context.runsDir, packageRoot);
  const tools = await findTools(context.settings, packageRoot);
  const capabilities = machineCapabilities(context, tools);
  // The image of a target may come from other sources.
  if (target) capabilities.delete('source-checkout');
  return {
    id,
    dir,
    startedAt,
    seed,
    packageRoot,
    cacheDir: context.cacheDir,
    frozen,
    injections: request.injections,
    // Nobody knows which commit a target runs.
    subject: target ? { commit: 'unknown', dirty: false } : await readSubject(packageRoot),
    runtime: frozen.plan.runtime,
    ...(target ? { target: target.target } : {}),
    ...(target?.adopted === undefined ? {} : { adopted: target.adopted }),
    tools,
    ...(gate ? { gate } : {}),
    observed: { boot: [], exits: [], checks: [], capabilities, harnessErrors: [] },
  };
}

/** @throws ReadinessError (exit code 3) for faults that the runtime cannot inject */
function rejectFaults({ injections, runtime = 'process' }: RunRequest): void {
  const why = whyNotInjectable(injections, runtime);
  if (why === undefined) return;
  throw new ReadinessError(
    'fault-not-injectable',
    `The runtime ${runtime} cannot inject ${namesOf(injections)}: ${why}.`,
  );
}
