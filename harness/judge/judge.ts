import { type CheckFacts, type Facts, Manifest } from '../evidence/facts.ts';
import { freezeFacts } from '../evidence/freeze-facts.ts';
import { freezePlan, notApplicableReason } from '../plan/freeze-plan.ts';
import { parseInput } from '../plan/input-error.ts';
import type { PlannedCheck, Policy } from '../plan/plan.ts';
import { findBlockers, reproduceCommand } from './blockers.ts';
import { judgeConditions } from './conditions.ts';
import { type FailureBehindCheck, failureBehindCheck } from './failure-behind-check.ts';
import { describeNodeFailure } from './node-failure.ts';
import { type Gap, judgeFacts, type OwnOutcome } from './outcome-of.ts';
import type { CheckResult, Result } from './result.ts';
import { findRoots, type RootedOutcome } from './root-cause.ts';
import { scoreCategories, scoreTotal } from './score.ts';
import { decide } from './verdict.ts';

/**
 * Judges a run by its frozen plan, its facts and its manifest. Pure: the stored files of a run always give
 * the same bytes (`canonicalJson`). The inputs may be unvalidated JSON.
 * @throws ReadinessError `plan-invalid` or `policy-invalid` (exit code 2), `facts-invalid` (4),
 * `manifest-invalid` or `facts-mismatched` (5).
 */
export function judge(planInput: unknown, factsInput: unknown, manifestInput: unknown): Result {
  const frozen = freezePlan(planInput);
  const frozenFacts = freezeFacts(factsInput, frozen);
  const manifest = parseInput(Manifest, manifestInput, {
    code: 'manifest-invalid',
    subject: 'The manifest',
    fix: 'Use the manifest.json that the run wrote.',
  });
  const { plan } = frozen;
  const { facts } = frozenFacts;

  const factsOf = new Map(facts.checks.map((each) => [each.check, each]));
  const failureBehind = failureBehindCheck(plan.checks, facts);
  const own = new Map(
    plan.checks.map((check) => [
      check.id,
      ownOutcome({ check, checkFacts: factsOf.get(check.id), facts, policy: plan.policy, failureBehind }),
    ]),
  );
  const rooted = findRoots({ checks: plan.checks, order: frozen.order, own });
  const checks = plan.checks.map((check) =>
    toCheckResult(check, rooted.get(check.id), factsOf.get(check.id)),
  );
  const gaps = new Map<string, Gap>();
  for (const [id, { gap, outcome }] of rooted) if (gap && outcome === 'unmeasured') gaps.set(id, gap);

  const categories = scoreCategories(plan.policy, checks);
  const conditions = judgeConditions(plan.policy, checks);
  const { runId, toolVersion, startedAt, subject } = manifest;
  return {
    schema: 'readiness.result/3',
    run: { runId, toolVersion, startedAt, subject },
    planSha256: frozen.sha256,
    factsSha256: frozenFacts.sha256,
    runtime: plan.runtime,
    seed: plan.seed,
    verdict: decide({ policy: plan.policy, conditions, checks, gaps, facts, manifest }),
    score: scoreTotal(categories),
    conditions,
    categories,
    blockers: findBlockers({ checks, planned: plan.checks, facts, failureBehind }),
    checks,
    boot: facts.boot,
    capabilities: facts.capabilities,
    faults: facts.faults,
    harnessErrors: facts.harnessErrors,
    ...(facts.gate ? { gate: facts.gate } : {}),
    ...(facts.timeline ? { timeline: facts.timeline } : {}),
    ...(facts.target ? { target: facts.target } : {}),
  };
}

function ownOutcome(options: {
  check: PlannedCheck;
  checkFacts: CheckFacts | undefined;
  facts: Facts;
  policy: Policy;
  failureBehind: FailureBehindCheck;
}): OwnOutcome {
  const { check, checkFacts, facts, policy, failureBehind } = options;
  const reason = notApplicableReason(policy, check);
  if (reason !== undefined) {
    return { outcome: 'notApplicable', explanation: `Not applicable by policy: ${reason}`, findings: [] };
  }
  const own = untilTheEnd(check, judgeFacts(check, checkFacts), facts);
  if (own.outcome !== 'fail') return own;
  // What the harness could not keep running is not a failure of the product.
  const behind = failureBehind(check);
  if (behind?.by !== 'harness') return own;
  const explanation =
    behind.at === 'boot'
      ? `The harness could not start ${behind.node} (${behind.cause}): ${own.explanation}`
      : `${describeNodeFailure(behind)} (${behind.cause}): ${own.explanation}`;
  return { ...own, outcome: 'error', explanation };
}

/** A check that passed fails if a node that it depends on until the end exited afterwards, or was ever away. */
function untilTheEnd(check: PlannedCheck, own: OwnOutcome, facts: Facts): OwnOutcome {
  if (own.outcome !== 'pass') return own;
  const exit = facts.exits?.find(({ node }) => check.staysUp?.includes(node));
  if (!exit) return own;
  const what = exit.outage
    ? describeNodeFailure({ node: exit.node, at: 'outage' })
    : `${exit.node} exited later in the run`;
  return { ...own, outcome: 'fail', explanation: `${what}: ${exit.reason}.` };
}

function toCheckResult(
  check: PlannedCheck,
  outcome: RootedOutcome | undefined,
  facts: CheckFacts | undefined,
): CheckResult {
  if (!outcome) throw new RangeError(`Check ${check.id} was not judged.`);
  const counted = outcome.outcome === 'notApplicable' ? undefined : facts;
  return {
    id: check.id,
    title: check.title,
    ...(check.failureTitle === undefined ? {} : { failureTitle: check.failureTitle }),
    why: check.why,
    category: check.category,
    severity: check.severity,
    weight: check.weight,
    outcome: outcome.outcome,
    ...(outcome.cause ? { cause: outcome.cause } : {}),
    ...(outcome.blockedBy === undefined ? {} : { blockedBy: outcome.blockedBy }),
    explanation: outcome.explanation,
    findings: [...outcome.findings],
    ...(check.controls ? { controls: check.controls } : {}),
    ...(outcome.shortfall ? { shortfall: outcome.shortfall } : {}),
    durationMs: counted?.durationMs ?? 0,
    ...(counted?.startedAfterMs === undefined ? {} : { startedAfterMs: counted.startedAfterMs }),
    ...(counted?.processes === undefined ? {} : { processes: counted.processes }),
    conditions: check.conditions,
    ...(check.standards ? { standards: check.standards } : {}),
    evidence: counted?.evidence ?? [],
    logs: counted?.logs ?? [],
    remediation: check.remediation,
    reproduce: reproduceCommand(check.id),
  };
}
