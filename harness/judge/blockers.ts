import type { Facts } from '../evidence/facts.ts';
import { Severity } from '../plan/outcome.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import { type FailureBehindCheck, isProvidedByNode } from './failure-behind-check.ts';
import { describeNodeFailure, type NodeFailure, nodeFailures } from './node-failure.ts';
import type { Blocker, CheckResult } from './result.ts';
import { findSharedCauses, type SharedCause } from './shared-cause.ts';
import { standingOf } from './standing.ts';
import { sawItsDefect, titleOfRoot } from './title-of.ts';

/** A check that does not pass, with its entry in the plan. */
interface Member {
  check: CheckResult;
  planned: PlannedCheck;
}

interface Group {
  key: string;
  members: Member[];
  /** The failed node behind the group. */
  failure?: NodeFailure;
  /** What the checks of the group have in common. */
  shared?: SharedCause;
}

/** The command that runs one check again. */
export function reproduceCommand(check: string): string {
  return `npm run readiness -- check ${check}`;
}

/**
 * Groups the checks that do not pass by root cause: a node that failed to boot or exited, a cause that several checks
 * share, a missing tool, or a check that failed itself. Failed nodes come first, stores before services; then failures
 * before what is unknown, each by how much it explains. Deselected and interrupted checks are not listed: there is
 * nothing to fix.
 */
export function findBlockers(options: {
  checks: readonly CheckResult[];
  planned: readonly PlannedCheck[];
  facts: Facts;
  failureBehind: FailureBehindCheck;
}): Blocker[] {
  const { facts, failureBehind } = options;
  const groups = new Map<string, Group>();
  const results = new Map(options.checks.map((check) => [check.id, check]));
  const planned = new Map(options.planned.map((check) => [check.id, check]));
  const groupOf = (key: string): Group => {
    const group = groups.get(key) ?? { key, members: [] };
    groups.set(key, group);
    return group;
  };

  const available = new Set(facts.capabilities.filter((each) => each.available).map(({ name }) => name));
  const factsOf = new Map(facts.checks.map((each) => [each.check, each]));
  const failing = options.checks.flatMap((check) => {
    const plannedCheck = planned.get(check.id);
    return check.outcome === 'fail' && plannedCheck && !failureBehind(plannedCheck)
      ? [{ check, planned: plannedCheck, facts: factsOf.get(check.id) }]
      : [];
  });
  const sharedCauses = findSharedCauses(failing, facts);

  const failures = nodeFailures(facts);
  for (const failure of failures) groupOf(keyOfFailure(failure)).failure = failure;
  for (const check of options.checks) {
    const root = results.get(check.blockedBy ?? check.id);
    const plannedCheck = planned.get(check.id);
    const plannedRoot = root && planned.get(root.id);
    if (!root || !plannedCheck || !plannedRoot || !needsFix(root, facts)) continue;
    const shared = sharedCauses.get(root.id);
    const group = groupOf(shared?.key ?? keyOf(root, plannedRoot, { available, failureBehind }));
    if (shared) group.shared = shared;
    group.members.push({ check, planned: plannedCheck });
  }
  const ranked = [...groups.values()].map(toRanked);
  // The groups of failed nodes were added first, in their order.
  const others = ranked.slice(failures.length).sort(mostExplainingFirst);
  return [...ranked.slice(0, failures.length), ...others].map(({ group, root }) => toBlocker(group, root));
}

function keyOfFailure({ at, node }: NodeFailure): string {
  return `${at}:${node}`;
}

function needsFix(root: CheckResult, facts: Facts): boolean {
  if (root.outcome === 'fail' || root.outcome === 'error') return true;
  if (root.outcome !== 'unmeasured') return false;
  if (root.shortfall) return root.shortfall.kind === 'missing-capability';
  return facts.completed;
}

function keyOf(
  root: CheckResult,
  planned: PlannedCheck,
  { available, failureBehind }: { available: ReadonlySet<string>; failureBehind: FailureBehindCheck },
): string {
  const failure = failureBehind(planned);
  if (root.outcome === 'unmeasured' && root.shortfall?.kind === 'missing-capability') {
    const missing = planned.requires.filter((name) => !available.has(name));
    const [tool] = missing.filter((name) => !isProvidedByNode(name));
    if (tool !== undefined || !failure)
      return missing[0] === undefined ? `check:${root.id}` : `capability:${tool ?? missing[0]}`;
  }
  return failure ? keyOfFailure(failure) : `check:${root.id}`;
}

function toBlocker(group: Group, root: Member | undefined): Blocker {
  if (!root) return nodeBlocker(group);
  const { check } = root;
  const others = group.members.filter((member) => member !== root);
  const byNode = group.failure && {
    title: describeNodeFailure(group.failure),
    cause: causeOf(group.failure),
  };
  const { shared } = group;
  return {
    root: check.id,
    title: byNode?.title ?? shared?.title ?? titleOfCheck(check, group.key),
    severity: group.failure ? 'blocker' : worst(group.members.map((member) => member.check.severity)),
    category: check.category,
    outcome: check.outcome,
    cause: byNode?.cause ?? shared?.cause ?? withHint(check),
    blocks: others.map((member) => member.check.id).sort(),
    logs: group.failure && group.failure.logs.length > 0 ? [...group.failure.logs] : check.logs,
    remediation: shared?.remediation ?? check.remediation,
    reproduce: check.reproduce,
  };
}

/**
 * The check that represents the group: of those that are not blocked, the one with the fewest services. Behind a
 * failed node it must cover that node, best as the one that it states to stay up; undefined if none does.
 */
function rootMember({ members, failure }: Group): Member | undefined {
  const breadth = ({ planned }: Member): number =>
    failure && planned.staysUp?.includes(failure.node) ? 0 : planned.services.length;
  return members
    .filter(({ check, planned }) => {
      return check.blockedBy === undefined && (!failure || covers(planned, failure.node));
    })
    .sort((left, right) => breadth(left) - breadth(right) || (left.check.id < right.check.id ? -1 : 1))[0];
}

function covers({ services, staysUp = [] }: PlannedCheck, node: string): boolean {
  return services.includes(node) || staysUp.includes(node);
}

/** A failed node is a blocker of its own if no failing check covers it. */
function nodeBlocker({ key, failure, members }: Group): Blocker {
  if (!failure) throw new RangeError(`Group ${key} has no root.`);
  const { node, at, by } = failure;
  const error = { boot: 'keeps it from becoming ready', exit: 'ended it', outage: 'made it unavailable' }[at];
  return {
    root: key,
    title: describeNodeFailure(failure),
    severity: 'blocker',
    category: 'infrastructure',
    outcome: by === 'product' ? 'fail' : 'error',
    cause: causeOf(failure),
    blocks: members.map(({ check }) => check.id).sort(),
    logs: [...failure.logs],
    remediation: { text: `Read the log of ${node} and fix the error that ${error}.`, effort: 'hours' },
    reproduce: 'npm run readiness -- up',
  };
}

function titleOfCheck(check: CheckResult, key: string): string {
  const [kind, name] = key.split(':', 2);
  return kind === 'capability' ? `${name} is missing` : titleOfRoot(check);
}

function causeOf({ node, cause, by }: NodeFailure): string {
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

/** How many of the least severe failures one failure of each severity outweighs. */
const weights: Readonly<Record<Severity, number>> = { blocker: 8, high: 4, medium: 2, low: 1 };

interface RankedGroup {
  group: Group;
  root: Member | undefined;
  /** The lowest first, the first number before the second. */
  rank: readonly number[];
}

/**
 * Failures before what is unknown. Then by the severity of all that the cause explains, so that one cause of many
 * failures comes before a single one. A check that did not see the defect it looks for, because only its controls fail
 * or it could not finish, says that something else is wrong: its severity is that of a defect that nobody saw, so it
 * counts as low. Of equal ones, first a check that saw its defect.
 */
function toRanked(group: Group): RankedGroup {
  const root = rootMember(group);
  const check = root?.check;
  const fails = check && standingOf({ outcome: check.outcome, cause: 'product' }) === 'fails';
  const direct = check !== undefined && (group.shared !== undefined || sawItsDefect(check));
  const explained = group.members.reduce(
    (sum, member) => sum + (member === root && !direct ? weights.low : weights[member.check.severity]),
    0,
  );
  return { group, root, rank: [fails ? 0 : 1, -explained, direct ? 0 : 1] };
}

function mostExplainingFirst(left: RankedGroup, right: RankedGroup): number {
  const at = left.rank.findIndex((key, index) => key !== right.rank[index]);
  if (at >= 0) return (left.rank[at] ?? 0) - (right.rank[at] ?? 0);
  return nameOf(left) < nameOf(right) ? -1 : 1;
}

function nameOf({ group, root }: RankedGroup): string {
  return root?.check.id ?? group.key;
}
