import { join } from 'node:path';
import type { GivenAccounts } from '../../engine/instruments/http/given-accounts.ts';
import type { RequestWatch } from '../../engine/instruments/http/request-watch.ts';
import { openInstruments } from '../../engine/instruments/open-instruments.ts';
import { runChecks } from '../../engine/run-checks.ts';
import { EvidenceStore } from '../../evidence/evidence-store.ts';
import type { CheckFacts } from '../../evidence/facts.ts';
import { judgeFacts, outcomeOf } from '../../judge/outcome-of.ts';
import type { PlannedCheck } from '../../plan/plan.ts';
import type { AvailabilityWatch } from '../../runtime/external/watch/availability-watch.ts';
import type { PlannedRun } from '../plan-run.ts';
import { readBaseline, thisMachine } from '../read-baseline.ts';
import { relevantLogLines } from '../relevant-log-lines.ts';
import type { RunEvent, RunEvents } from '../run-event.ts';
import type { RunRequest } from '../run-request.ts';
import { recordAvailability } from '../target/record-availability.ts';
import type { ProcessorWatch } from '../timeline/processor-watch.ts';
import { type Span, timelineOf } from '../timeline/timeline-of.ts';
import { capabilityHint } from '../tools.ts';
import type { ChangedPlatform } from './change-platform.ts';
import { recordExits } from './exited-nodes.ts';
import type { OpenPlatform } from './open-platform.ts';
import { platformCapabilities } from './platform-capabilities.ts';
import { platformInstruments } from './platform-instruments.ts';

/** Runs the selected checks against the booted platform and records what they observe in `run.observed`. */
export async function checkPlatform(options: {
  request: RunRequest;
  run: PlannedRun;
  platform: OpenPlatform;
  /** The faults in force, which checks meet; default: none. */
  changed?: ChangedPlatform;
  requestWatch?: RequestWatch;
  /** Accounts of a target on which checks may not register. */
  givenAccounts?: GivenAccounts;
  /** Shows whether the services of a target were available all the time. */
  availability?: AvailabilityWatch;
  /** Watches the processor time of the run. */
  processor: ProcessorWatch;
  signal: AbortSignal;
  events: RunEvents;
}): Promise<void> {
  const { request, run, platform, signal, events } = options;
  const { stack } = platform;
  const { observed, tools } = run;
  observed.boot = stack.boot;
  options.processor.watchNodes(stack);
  const allowed = request.with?.includes('restarts') ? 'all' : 'short';
  const drills = request.without?.includes('drills') ? 'none' : allowed;
  for (const capability of platformCapabilities(platform, drills)) observed.capabilities.add(capability);
  if (request.with?.includes('deep-fuzzing')) observed.capabilities.add('deep-fuzzing');
  const { packageRoot } = run;
  const parts = {
    capabilities: observed.capabilities,
    seed: run.seed,
    runId: run.id,
    patience: request.injections.length > 0 ? request.patienceUnderFault : undefined,
    cacheDir: run.cacheDir,
    tools,
  };
  await using instruments = openInstruments({
    ...(options.changed?.instruments(parts) ?? platformInstruments(platform, { ...parts, packageRoot })),
    baseline: {
      accepted: await readBaseline(packageRoot),
      machine: thisMachine(run.target ? `${run.runtime} ${run.target.name}` : run.runtime),
    },
    ...(options.requestWatch ? { requestWatch: options.requestWatch } : {}),
    ...(options.givenAccounts ? { givenAccounts: options.givenAccounts } : {}),
    plannedBrowserTests: run.frozen.plan.checks
      .filter(({ deselected }) => deselected === undefined)
      .filter(
        ({ requires }) =>
          requires.includes('browser') && requires.every((one) => observed.capabilities.has(one)),
      )
      .map(({ id }) => id),
    serviceLogs: join(run.dir, 'logs', '{service}.log'),
  });
  const evidence = new EvidenceStore(run.dir);
  const startedAtMs = performance.now();
  const endedAtMs = new Map<string, number>();
  const times = new Map<string, Span>();
  const checks = await runChecks({
    plan: run.frozen.plan,
    definitions: request.definitions,
    capabilities: observed.capabilities,
    capabilityHint: (name) => capabilityHint(name, run),
    ignoreUnmeasuredNeeds: run.target !== undefined,
    ...(options.givenAccounts ? { givenAccounts: options.givenAccounts } : {}),
    instruments: (check) => instruments.forCheck(check),
    evidence,
    logs: (sinceMs, traceIds) => relevantLogLines(stack, sinceMs, traceIds),
    passed: (check, facts) => outcomeOf(check, facts) === 'pass',
    signal,
    concurrency: request.concurrency,
    now: () => performance.now(),
    onStart: ({ id }) => {
      options.processor.checkStarts(id);
      times.set(id, { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
      events.emit({ type: 'check-started', id });
    },
    onFinish: (check, facts) => {
      endedAtMs.set(check.id, performance.now());
      const span = times.get(check.id);
      if (span) {
        span.toMs = performance.now();
        options.processor.checkEnds(check.id);
      }
      if (check.deselected === undefined) events.emit(finishedEvent(check, facts));
    },
  });
  const watched = options.availability
    ? await recordAvailability({
        watch: options.availability,
        plan: run.frozen.plan,
        checks,
        evidence,
        signal,
      })
    : checks;
  const { exits, checks: withExits } = recordExits({ stack, startedAtMs, checks: watched, endedAtMs });
  const timed = timelineOf({
    watch: options.processor,
    checksFromMs: startedAtMs,
    definitions: request.definitions,
    checks: withExits,
    spans: times,
  });
  Object.assign(observed, { exits, ...timed });
}

/** The provisional outcome of a finished check, by its own facts alone. */
function finishedEvent(check: PlannedCheck, facts: CheckFacts): RunEvent {
  const { outcome, explanation } = judgeFacts(check, facts);
  return {
    type: 'check-finished',
    id: check.id,
    outcome,
    durationMs: facts.durationMs,
    ...(outcome === 'pass' ? {} : { detail: explanation }),
  };
}
