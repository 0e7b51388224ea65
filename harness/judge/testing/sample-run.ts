import type { BootFacts, CheckFacts, Facts, Manifest, Shortfall } from '../../evidence/facts.ts';
import { freezePlan } from '../../plan/freeze-plan.ts';
import type { ConditionId } from '../../plan/outcome.ts';
import type { Plan, PlannedCheck } from '../../plan/plan.ts';
import { assessmentPolicy } from '../../plan/policy.ts';
import { judge } from '../judge.ts';
import type { CheckResult, Result } from '../result.ts';

/** A planned check that expects `ok` to be true, with overrides. */
export function plannedCheck(overrides: Partial<PlannedCheck> & { id: string }): PlannedCheck {
  return {
    title: `Title of ${overrides.id}`,
    why: 'A release without it would fail its users.',
    category: 'infrastructure',
    severity: 'high',
    weight: 1,
    needs: [],
    requires: [],
    services: [],
    expects: { ok: { op: 'equals', value: true } },
    conditions: [],
    remediation: { text: 'Fix it.', effort: 'hours' },
    timeoutMs: 15_000,
    ...overrides,
  };
}

const names = ['gateway', 'mcp-server', 'airtable-gateway', 'llm-orchestrator', 'file-service'];
const moreNames = ['saga-service', 'automation-services', 'platform-services', 'user-service'];

function feeding(
  condition: ConditionId,
  category: PlannedCheck['category'],
  ids: readonly string[],
  overrides: Partial<PlannedCheck> = {},
): PlannedCheck[] {
  return ids.map((id) => plannedCheck({ id, category, conditions: [condition], ...overrides }));
}

/**
 * The smallest plan that the policy allows: at least one check per category, and the minimum number of checks
 * for each condition. `infra.note` has low severity and feeds no condition.
 */
export function samplePlan(): Plan {
  const services = [...names, ...moreNames].map((name) =>
    plannedCheck({
      id: `services.${name}.ready`,
      category: 'services',
      severity: 'blocker',
      services: [name],
      conditions: ['service-availability'],
    }),
  );
  const flows = ['register', 'login', 'validate', 'session'];
  return {
    schema: 'readiness.plan/1',
    runtime: 'process',
    seed: 7,
    policy: structuredClone(assessmentPolicy),
    checks: [
      plannedCheck({ id: 'infra.postgres', severity: 'blocker', weight: 3 }),
      plannedCheck({ id: 'infra.note', severity: 'low' }),
      ...services,
      ...feeding(
        'authentication',
        'authentication',
        flows.map((flow) => `auth.${flow}`),
        {
          needs: ['services.platform-services.ready'],
          services: ['gateway', 'platform-services'],
        },
      ),
      ...feeding('gateway-routing', 'api', ['api.routes', 'api.unknown-route'], { services: ['gateway'] }),
      ...feeding('end-to-end', 'api', ['e2e.first-day'], { needs: ['auth.login'] }),
      ...feeding('error-rate', 'api', ['load.gateway'], {
        expects: {
          failures: {
            op: 'rateBelow',
            threshold: { num: 5, den: 100 },
            confidence: 0.95,
            minSamples: 59,
          },
        },
      }),
      ...feeding('frontend', 'frontend', ['frontend.page', 'frontend.sign-in'], { requires: ['browser'] }),
      ...feeding(
        'security',
        'security',
        Array.from({ length: 7 }, (_, index) => `security.item-${index + 1}`),
      ),
    ],
  };
}

/** The facts of any check. */
export type ObservedFacts = Omit<CheckFacts, 'check'>;

/** Facts with what the sample checks expect, or with the given observations. */
export function observed(
  observed: ObservedFacts['observed'] = { ok: true },
  rest: Partial<ObservedFacts> = {},
): ObservedFacts {
  return { durationMs: 12, observed, evidence: [], logs: [], ...rest };
}

export function shortOf(kind: Shortfall['kind'], rest: Partial<Shortfall> = {}): ObservedFacts {
  return observed({}, { shortfall: { kind, message: `Shortfall: ${kind}.`, ...rest } });
}

function passing(check: PlannedCheck): ObservedFacts {
  return observed(
    Object.hasOwn(check.expects, 'failures') ? { failures: { failed: 0, total: 59 } } : { ok: true },
  );
}

/** Facts in which every check passes, except for the given changes by check id. `null`: no result. */
export function sampleFacts(
  plan: Plan,
  changes: Readonly<Record<string, ObservedFacts | null>> = {},
  rest: Partial<Facts> = {},
): Facts {
  const checks = plan.checks.flatMap((check): CheckFacts[] => {
    const change = changes[check.id];
    if (change === null) return [];
    return [{ check: check.id, ...(change ?? passing(check)) }];
  });
  return {
    schema: 'readiness.facts/2',
    planSha256: freezePlan(plan).sha256,
    boot: [...names, ...moreNames, 'frontend', 'postgres'].map(
      (node): BootFacts => ({
        node,
        kind: node === 'postgres' ? 'store' : 'service',
        state: 'ready',
        readyAfterMs: 900,
      }),
    ),
    capabilities: [{ name: 'browser', available: true, detail: 'chromium' }],
    checks,
    completed: true,
    harnessErrors: [],
    faults: [],
    ...rest,
  };
}

export const sampleManifest: Manifest = {
  schema: 'readiness.manifest/1',
  runId: '2025-08-07-1a2b',
  toolVersion: '0.1.0',
  startedAt: '2025-08-07T10:00:00.000Z',
  finishedAt: '2025-08-07T10:01:00.000Z',
  subject: { commit: 'c0ffee', dirty: false },
  environment: { node: 'v24' },
  files: {},
};

/** Judges the sample plan with the given changes. */
export function judgeSample(
  changes: Readonly<Record<string, ObservedFacts | null>> = {},
  rest: Partial<Facts> = {},
  plan: Plan = samplePlan(),
): Result {
  return judge(plan, sampleFacts(plan, changes, rest), sampleManifest);
}

export function checkOf(result: Result, id: string): CheckResult {
  const check = result.checks.find((candidate) => candidate.id === id);
  if (!check) throw new RangeError(`No check ${id}.`);
  return check;
}

/** The boot facts of `sampleFacts` with some nodes replaced. */
export function bootWith(plan: Plan, ...changed: readonly BootFacts[]): BootFacts[] {
  const byNode = new Map(changed.map((facts) => [facts.node, facts]));
  return sampleFacts(plan).boot.map((facts) => byNode.get(facts.node) ?? facts);
}
