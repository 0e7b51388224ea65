import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { CheckDefinition } from '../engine/check.ts';
import { openInstruments } from '../engine/instruments/open-instruments.ts';
import { runChecks } from '../engine/run-checks.ts';
import { describeFailure } from '../errors/describe-failure.ts';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import type { BootFacts, CheckFacts, Facts, Manifest } from '../evidence/facts.ts';
import { freezeFacts } from '../evidence/freeze-facts.ts';
import { parseFault } from '../faults/catalogue.ts';
import { outcomeOf } from '../judge/outcome-of.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { type FrozenPlan, freezePlan } from '../plan/freeze-plan.ts';
import type { Capability } from '../plan/plan.ts';
import { assessmentPolicy } from '../plan/policy.ts';
import { toPlan } from '../plan/to-plan.ts';
import type { BootedStack } from '../runtime/runtime.ts';
import { checkSummary } from './check-summary.ts';
import { Interruption } from './interruption.ts';
import { openPlatform } from './open-platform.ts';
import type { RunContext } from './run-context.ts';
import type { RunEvents } from './run-event.ts';
import { createRunFolder, hashRunFiles, newRunId, writeWhole } from './run-folder.ts';
import { readSubject } from './subject.ts';
import { tellingLines } from './telling-lines.ts';
import { toolVersion } from './tool-version.ts';
import { findTools, type Tool, toolCapabilities } from './tools.ts';

export interface RunRequest {
  definitions: readonly CheckDefinition[];
  /** Ids to look at; the others stay in the plan as unmeasured. */
  selected: ReadonlySet<string>;
  /** Seconds. */
  bootTimeout: number;
  fixedPorts: boolean;
  concurrency: number;
  faults: readonly string[];
  seed?: number;
  signal: AbortSignal;
  events: RunEvents;
  /** Called with the stack still up, after the last check. */
  beforeStop?(stack: BootedStack): Promise<void>;
}

export interface ConductedRun {
  runId: string;
  runDir: string;
  frozen: FrozenPlan;
  facts: Facts;
  manifest: Manifest;
}

/**
 * Freezes the plan, boots, looks at everything selected, stops, and writes plan, facts, evidence and manifest.
 * Whatever fails on the way becomes part of the facts: an interrupted or broken run is judged like any other.
 */
export async function conductRun(context: RunContext, request: RunRequest): Promise<ConductedRun> {
  const startedAt = context.now();
  const runId = newRunId(startedAt);
  const seed = request.seed ?? randomInt(0, 2 ** 32);
  const injections = request.faults.map(parseFault);
  const frozen = freezePlan(
    toPlan({
      definitions: request.definitions,
      selected: request.selected,
      policy: assessmentPolicy,
      runtime: 'process',
      seed,
    }),
  );
  const runDir = await createRunFolder(context.runsDir, runId);
  await writeWhole(join(runDir, 'plan.json'), frozen.json);

  const subject = await readSubject(context.packageRoot);
  const tools = await findTools(context.settings, context.packageRoot);
  const evidence = new EvidenceStore(runDir);
  const seen: Seen = {
    boot: [],
    checks: [],
    capabilities: new Set(toolCapabilities(tools)),
    harnessErrors: [],
  };
  try {
    await look({ context, request, frozen, runId, runDir, seed, injections, tools, evidence, seen });
  } catch (error) {
    if (!request.signal.aborted) seen.harnessErrors.push(describeFailure(error).trim());
  }
  const interruption = request.signal.aborted ? request.signal.reason : undefined;
  const facts: Facts = {
    schema: 'readiness.facts/2',
    planSha256: frozen.sha256,
    boot: [...seen.boot],
    capabilities: [...allCapabilities(frozen)].map((name) => ({
      name,
      available: seen.capabilities.has(name),
      detail: seen.capabilities.has(name) ? 'available' : hintFor(name, tools),
    })),
    checks: seen.checks,
    completed: interruption === undefined && seen.harnessErrors.length === 0,
    ...(interruption === undefined
      ? {}
      : { interruptedBy: interruption instanceof Interruption ? interruption.by : String(interruption) }),
    harnessErrors: seen.harnessErrors,
    faults: injections.map(({ fault, service }) => `${fault.id}=${service}`),
  };
  await writeWhole(join(runDir, 'facts.json'), freezeFacts(facts, frozen).json);
  const manifest: Manifest = {
    schema: 'readiness.manifest/1',
    runId,
    toolVersion: await toolVersion(context.packageRoot),
    startedAt: startedAt.toISOString(),
    finishedAt: context.now().toISOString(),
    subject,
    environment: {
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      runtime: 'process',
    },
    files: await hashRunFiles(runDir),
  };
  await writeWhole(join(runDir, 'manifest.json'), canonicalJson(manifest));
  return { runId, runDir, frozen, facts, manifest };
}

interface Seen {
  boot: readonly BootFacts[];
  checks: CheckFacts[];
  capabilities: Set<Capability>;
  harnessErrors: string[];
}

interface LookOptions {
  context: RunContext;
  request: RunRequest;
  frozen: FrozenPlan;
  runId: string;
  runDir: string;
  seed: number;
  injections: readonly ReturnType<typeof parseFault>[];
  tools: readonly Tool[];
  evidence: EvidenceStore;
  seen: Seen;
}

/** Boots, runs the checks, and stops again; fills `seen` as it goes, so that a failure half-way loses nothing. */
async function look(options: LookOptions): Promise<void> {
  const { context, request, frozen, runId, runDir, tools, seen } = options;
  await using platform = await openPlatform({
    context,
    runId,
    runDir,
    fixedPorts: request.fixedPorts,
    traces: true,
    bootTimeoutMs: request.bootTimeout * 1_000,
    injections: options.injections,
    signal: request.signal,
    onPlanned: (nodes) =>
      request.events.emit({
        type: 'plan-frozen',
        runId,
        planSha256: frozen.sha256,
        checks: frozen.plan.checks.filter(({ deselected }) => deselected === undefined).length,
        nodes,
      }),
    onEvent: (event) => request.events.emit(event),
  });
  const { stack } = platform;
  seen.boot = stack.boot;
  for (const capability of stack.capabilities) seen.capabilities.add(capability);
  if (context.settings.languageModel.GEMINI_API_KEY) seen.capabilities.add('language-model');
  if (platform.spans) seen.capabilities.add('traces');
  await using instruments = await openInstruments({
    stack: stack.addresses,
    capabilities: seen.capabilities,
    tmpDir: platform.tmpDir,
    seed: options.seed,
    runId,
    boot: stack.boot,
    ...(platform.spans ? { spans: platform.spans } : {}),
    exited: () => stack.exited(),
    trackProcess: platform.trackProcess,
    ...pathOf('chromium', 'chromiumPath', tools),
    ...pathOf('k6', 'k6Path', tools),
    ...pathOf('python', 'pythonPath', tools),
  });
  seen.checks = await runChecks({
    plan: frozen.plan,
    definitions: request.definitions,
    capabilities: seen.capabilities,
    capabilityHint: (name) => hintFor(name, tools),
    instruments: (check) => instruments.forCheck(check),
    evidence: options.evidence,
    logs: (sinceMs, traceIds) => tellingLines(stack, sinceMs, traceIds),
    passed: (check, facts) => outcomeOf(check, facts) === 'pass',
    signal: request.signal,
    concurrency: request.concurrency,
    now: () => performance.now(),
    onStart: (check) => request.events.emit({ type: 'check-started', id: check.id }),
    onFinish: (check, facts) => {
      if (check.deselected !== undefined) return;
      request.events.emit({ type: 'check-finished', id: check.id, ...checkSummary(check, facts) });
    },
  });
  await request.beforeStop?.(stack);
}

function pathOf<K extends string>(name: Tool['name'], key: K, tools: readonly Tool[]): { [P in K]?: string } {
  const path = tools.find((tool) => tool.name === name)?.path;
  return (path === undefined ? {} : { [key]: path }) as { [P in K]?: string };
}

/** Every capability some planned check asks for. */
function allCapabilities(frozen: FrozenPlan): ReadonlySet<Capability> {
  return new Set(frozen.plan.checks.flatMap(({ requires }) => requires));
}

function hintFor(capability: Capability, tools: readonly Tool[]): string {
  if (capability === 'language-model') return 'GEMINI_API_KEY=<key> npm run readiness';
  return tools.find((tool) => tool.capability === capability)?.hint ?? 'this runtime does not offer it';
}
