import { diagnose } from '../../diagnosis/diagnose.ts';
import { observationsOf } from '../../diagnosis/observations-of-result.ts';
import type { CheckDefinition } from '../../engine/check.ts';
import type { CheckContext } from '../../engine/context.ts';
import { runChecks } from '../../engine/run-checks.ts';
import { EvidenceStore } from '../../evidence/evidence-store.ts';
import { judge } from '../../judge/judge.ts';
import { outcomeOf } from '../../judge/outcome-of.ts';
import { canonicalJson } from '../../plan/canonical-json.ts';
import { freezePlan } from '../../plan/freeze-plan.ts';
import type { Plan, PlannedCheck } from '../../plan/plan.ts';
import { selectChecks } from '../../plan/select-checks.ts';
import { renderHtmlReport } from '../../render/html/html-report.ts';
import { renderJunit } from '../../render/junit/junit.ts';
import type { ReportTemplates } from '../../render/load-templates.ts';
import { renderMarkdownReport } from '../../render/markdown/markdown-report.ts';
import { renderDiagnosis } from '../../render/summary/diagnosis-report.ts';
import { renderSummary } from '../../render/summary/summary.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import type { LargeRun } from '../large-run.ts';

/** One step from the plan to the reports. */
export interface Stage {
  name: string;
  run(): unknown;
}

const components = ['gateway', 'user-service', 'file-service', 'saga-service', 'mcp-server'].map((name) => ({
  name,
}));

/** Every stage that works on all checks of a run. */
export function stagesOf({ plan, facts, manifest }: LargeRun, templates: ReportTemplates): Stage[] {
  const result = judge(plan, facts, manifest);
  const terminal = terminalOf({}, {});
  const diagnosis = () =>
    diagnose({ components, calls: [], observations: observationsOf(result, components), hasFailures: true });
  const last = plan.checks.at(-1)?.id ?? '';
  return [
    { name: 'plan', run: () => freezePlan(plan) },
    { name: 'select', run: () => selectChecks(plan.checks, [last]) },
    { name: 'engine', run: () => runNothing(plan) },
    { name: 'judge', run: () => judge(plan, facts, manifest) },
    { name: 'JSON', run: () => canonicalJson(result) },
    { name: 'JUnit', run: () => renderJunit(result) },
    { name: 'Markdown', run: () => renderMarkdownReport(result, templates) },
    { name: 'HTML', run: () => renderHtmlReport(result, templates) },
    { name: 'summary', run: () => renderSummary(result, { terminal, reportFiles: [] }) },
    { name: 'diagnosis', run: () => renderDiagnosis(diagnosis(), terminal) },
  ];
}

/** Runs every check of the plan without any work, so that the time is that of the engine. All of them pass. */
export function runNothing(plan: Plan): Promise<unknown> {
  return runChecks({
    plan,
    definitions: plan.checks.map(idle),
    capabilities: new Set(plan.checks.flatMap(({ requires }) => requires)),
    capabilityHint: () => undefined,
    instruments: async ({ signal }) => ({
      context: { signal } as CheckContext,
      traceIds: [],
      [Symbol.asyncDispose]: async () => undefined,
    }),
    // No check writes evidence.
    evidence: new EvidenceStore(''),
    logs: () => [],
    passed: (check, facts) => outcomeOf(check, facts) === 'pass',
    signal: new AbortController().signal,
    concurrency: 4,
    now: () => performance.now(),
  });
}

function idle(check: PlannedCheck): CheckDefinition {
  const observed = Object.fromEntries(
    Object.entries(check.expects).map(([name, criterion]) => {
      if (criterion.op === 'rateBelow') return [name, { failed: 0, total: criterion.minSamples }];
      return [name, criterion.op === 'equals' ? criterion.value : []];
    }),
  );
  return { ...check, run: async () => observed } as unknown as CheckDefinition;
}
