import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { BootFacts, CheckFacts, ExitFacts, Manifest } from '../evidence/facts.ts';
import { parseFault } from '../faults/catalogue.ts';
import { type FrozenPlan, freezePlan } from '../plan/freeze-plan.ts';
import type { Capability } from '../plan/plan.ts';
import { toPlan } from '../plan/to-plan.ts';
import type { RunContext } from './run-context.ts';
import { createRunFolder, newRunId, writeAtomically } from './run-folder.ts';
import type { RunRequest } from './run-request.ts';
import { readSubject } from './subject.ts';
import { findTools, type Tool, toolCapabilities } from './tools.ts';
import { makeWritable } from './writable-folder.ts';

/** What a run has observed so far. The steps fill it as they go, so a failure loses nothing. */
export interface Observations {
  boot: readonly BootFacts[];
  exits: readonly ExitFacts[];
  checks: CheckFacts[];
  capabilities: Set<Capability>;
  harnessErrors: string[];
}

export interface PlannedRun {
  id: string;
  dir: string;
  startedAt: Date;
  seed: number;
  frozen: FrozenPlan;
  injections: readonly ReturnType<typeof parseFault>[];
  subject: Manifest['subject'];
  tools: readonly Tool[];
  observed: Observations;
}

/**
 * Freezes the plan before anything boots, and stores it in a new run folder.
 * @throws ReadinessError (exit code 2) for an invalid plan or an unknown fault; then no folder is created.
 */
export async function planRun(context: RunContext, request: RunRequest): Promise<PlannedRun> {
  const startedAt = context.now();
  const id = newRunId(startedAt);
  const seed = request.seed ?? randomInt(0, 2 ** 32);
  const injections = request.fault.map(parseFault);
  const { definitions, selected } = request;
  const frozen = freezePlan(toPlan({ definitions, selected, seed, runtime: request.runtime ?? 'process' }));
  await makeWritable(context.cacheDir, 'READINESS_CACHE');
  const dir = await createRunFolder(context.runsDir, id);
  await writeAtomically(join(dir, 'plan.json'), frozen.json);
  const tools = await findTools(context.settings, context.packageRoot);
  const capabilities = new Set(toolCapabilities(tools));
  if (context.settings.languageModel.GEMINI_API_KEY) capabilities.add('language-model');
  return {
    id,
    dir,
    startedAt,
    seed,
    frozen,
    injections,
    subject: await readSubject(context.packageRoot),
    tools,
    observed: { boot: [], exits: [], checks: [], capabilities, harnessErrors: [] },
  };
}
