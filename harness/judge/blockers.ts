import type { Facts } from '../evidence/facts.ts';
import { type Outcome, Severity } from '../plan/outcome.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import { type BootFailure, bootFailureBehind, bootFailures } from './boot-failure.ts';
import type { Blocker, CheckResult } from './result.ts';
import { standingOf } from './standing.ts';

/** A check that does not pass, with its entry in the plan. */
interface Member {
  check: CheckResult;
  planned: PlannedCheck;
}

interface Group {
  key: string;
  members: Member[];
  boot?: BootFailure;
}

/** What precedes the title of a root check, which says what is true when the check passes. */
const titlePrefix: Partial<Record<Outcome, string>> = {
  fail: 'Fails',
  error: 'Harness error',
  unmeasured: 'Not measured',
};

/** The command that runs one check again. */
export function reproduceCommand(check: string): string {
  return `npm run readiness -- check ${check}`;
}

/**
 * Groups the checks that do not pass by root cause: a node that failed to boot, a missing tool, or a check
 * that failed itself. Most severe first. Deselected and interrupted checks are not listed: there is nothing
 * to fix.
 */
export function findBlockers(options: {
  checks: readonly CheckResult[];
  planned: readonly PlannedCheck[];
  facts: Facts;
}): Blocker[] {
  const { facts } = options;
  const groups = new Map<string, Group>();
  const results = new Map(options.checks.map((check) => [check.id, check]));
  const planned = new Map(options.planned.map((check) => [check.id, check]));
  const groupOf = (key: string): Group => {
    const group = groups.get(key) ?? { key, members: [] };
    groups.set(key, group);
    return group;
  };

  for (const failure of bootFailures(facts.boot)) groupOf(`boot:${failure.node}`).boot = failure;
  for (const check of options.checks) {
    const root = results.get(check.blockedBy ?? check.id);
    const plannedCheck = planned.get(check.id);
    const plannedRoot = root && planned.get(root.id);
    if (!root || !plannedCheck || !plannedRoot || !needsFix(root, facts)) continue;
    groupOf(keyOf(root, plannedRoot, facts)).members.push({ check, planned: plannedCheck });
  }
  return [...groups.values()].map(toBlocker).sort(mostSevereFirst);
}

function needsFix(root: CheckResult, facts: Facts): boolean {
  if (root.outcome === 'fail' || root.outcome === 'error') return true;
  if (root.outcome !== 'unmeasured') return false;
  if (root.shortfall) return root.shortfall.kind === 'missing-capability';
  return facts.completed;
}

function keyOf(root: CheckResult, planned: PlannedCheck, facts: Facts): string {
  if (root.outcome === 'unmeasured' && root.shortfall?.kind === 'missing-capability') {
    const available = new Set(facts.capabilities.filter((each) => each.available).map(({ name }) => name));
    const missing = planned.requires.find((name) => !available.has(name));
    return missing === undefined ? `check:${root.id}` : `capability:${missing}`;
  }
  const behind = planned.services.map((service) => bootFailureBehind(facts.boot, service)).find(Boolean);
  return behind ? `boot:${behind.node}` : `check:${root.id}`;
}

function toBlocker(group: Group): Blocker {
  const root = rootMember(group);
  if (!root) return bootBlocker(group);
  const { check } = root;
  const others = group.members.filter((member) => member !== root);
  const byBoot = group.boot && { title: titleOf(group.boot), cause: causeOf(group.boot) };
  return {
    root: check.id,
    title: byBoot?.title ?? titleOfCheck(check, group.key),
    severity: worst(group.members.map((member) => member.check.severity)),
    category: check.category,
    outcome: check.outcome,
    cause: byBoot?.cause ?? withHint(check),
    blocks: others.map((member) => member.check.id).sort(),
    logs: group.boot && group.boot.logs.length > 0 ? [...group.boot.logs] : check.logs,
    remediation: check.remediation,
    reproduce: check.reproduce,
  };
}

/**
 * The check that represents the group: of those that are not blocked, the one that covers the failed node and
 * the fewest other services.
 */
function rootMember({ members, boot }: Group): Member | undefined {
  const breadth = ({ planned }: Member): number =>
    planned.services.length + (boot && !planned.services.includes(boot.node) ? 1_000 : 0);
  return members
    .filter(({ check }) => check.blockedBy === undefined)
    .sort((left, right) => breadth(left) - breadth(right) || (left.check.id < right.check.id ? -1 : 1))[0];
}

/** A failed node is a blocker even if no failing check covers it. */
function bootBlocker({ key, boot }: Group): Blocker {
  if (!boot) throw new RangeError(`Group ${key} has no root.`);
  return {
    root: key,
    title: titleOf(boot),
    severity: 'blocker',
    category: 'infrastructure',
    outcome: boot.by === 'product' ? 'fail' : 'error',
    cause: causeOf(boot),
    blocks: [],
    logs: [...boot.logs],
    remediation: {
      text: `Read the log of ${boot.node} and fix the error that keeps it from becoming ready.`,
      effort: 'hours',
    },
    reproduce: 'npm run readiness -- up',
  };
}

function titleOf({ node }: BootFailure): string {
  return `${node} did not become ready`;
}

function titleOfCheck({ title, outcome }: CheckResult, key: string): string {
  const [kind, name] = key.split(':', 2);
  return kind === 'capability' ? `${name} is missing` : `${titlePrefix[outcome]}: ${title}`;
}

function causeOf({ node, cause, by }: BootFailure): string {
  return by === 'product'
    ? `${node}: ${cause}`
    : `${node}: ${cause} (a failure of the harness or its environment)`;
}

function withHint({ explanation, shortfall }: CheckResult): string {
  return shortfall?.hint === undefined ? explanation : `${explanation} Hint: ${shortfall.hint}`;
}

function worst(severities: readonly Severity[]): Severity {
  return Severity.options.find((severity) => severities.includes(severity)) ?? 'low';
}

function mostSevereFirst(left: Blocker, right: Blocker): number {
  const rank = ({ severity, outcome }: Blocker): number =>
    Severity.options.indexOf(severity) * 2 + (standingOf({ outcome, cause: 'product' }) === 'fails' ? 0 : 1);
  return (
    rank(left) - rank(right) || right.blocks.length - left.blocks.length || (left.root < right.root ? -1 : 1)
  );
}
