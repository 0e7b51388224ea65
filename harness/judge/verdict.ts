import type { Facts, Manifest } from '../evidence/facts.ts';
import type { Severity } from '../plan/outcome.ts';
import type { Policy } from '../plan/plan.ts';
import { conditionReasons } from './conditions.ts';
import { forbidsGo, severitiesThatForbidGo } from './forbids-go.ts';
import { describeNodeFailure, nodeFailures } from './node-failure.ts';
import type { Gap } from './outcome-of.ts';
import type { CheckResult, ConditionResult, RunVerdict } from './result.ts';
import { type Standing, standingOf } from './standing.ts';

export interface VerdictInput {
  policy: Policy;
  conditions: readonly ConditionResult[];
  checks: readonly CheckResult[];
  /** Why each unmeasured check is unmeasured, by check id. */
  gaps: ReadonlyMap<string, Gap>;
  facts: Facts;
  manifest: Manifest;
}

/** Gives the reasons against GO, one sentence each; none if the rule allows GO. */
type Rule = (input: VerdictInput) => string[];

/** All rules that can prevent GO, by the kind of NO-GO, the most severe kind first. */
const rules: Readonly<Record<Exclude<RunVerdict['basis'], 'proven'>, readonly Rule[]>> = {
  'harness-failed': [nodeFailuresBy('harness'), harnessErrors],
  violated: [
    nodeFailuresBy('product'),
    ({ conditions }) => conditionReasons(conditions, 'violated'),
    decidingChecks('fails', ['does not pass', 'do not pass']),
  ],
  'not-proven': [
    ({ conditions }) => conditionReasons(conditions, 'not-proven'),
    blockersUnknown,
    injectedFaults,
    interruption,
    checksLeftOut,
    checksInError,
    nodesNotStarted,
    staleEvidence,
  ],
};

/** GO only if no rule gives a reason; otherwise NO-GO on the most severe basis, with all reasons in order. */
export function decide(input: VerdictInput): RunVerdict {
  const reasons = Object.entries(rules).map(([basis, kind]) => ({
    basis: basis as keyof typeof rules,
    sentences: kind.flatMap((rule) => rule(input)),
  }));
  const count = (counts: (check: CheckResult) => boolean): number => input.checks.filter(counts).length;
  const counts = {
    failing: count((check) => standingOf(check) === 'fails'),
    unknown: count((check) => standingOf(check) === 'unknown' && forbidsGo(input.policy, check.severity)),
  };
  const deciding = reasons.find(({ sentences }) => sentences.length > 0);
  if (deciding) {
    const decidedBy = reasons.flatMap(({ sentences }) => sentences);
    return { decision: 'NO-GO', basis: deciding.basis, decidedBy, ...counts };
  }
  return {
    decision: 'GO',
    basis: 'proven',
    decidedBy: [
      `All ${input.conditions.length} conditions are met.`,
      `No check of severity ${severitiesThatForbidGo(input.policy).join(' or ')} fails, and the run is complete.`,
    ],
    ...counts,
  };
}

function nodeFailuresBy(by: 'product' | 'harness'): Rule {
  return ({ facts }) =>
    nodeFailures(facts)
      .filter((failure) => failure.by === by)
      .map((failure) => `${describeNodeFailure(failure)}: ${failure.cause}.`);
}

function harnessErrors({ facts }: VerdictInput): string[] {
  return facts.harnessErrors.map((message) => `The harness failed: ${message}`);
}

/** One sentence for each severity that forbids GO, the highest first. */
function decidingChecks(standing: Standing, predicate: Predicate): Rule {
  return ({ checks, policy }) =>
    severitiesThatForbidGo(policy).flatMap((severity) =>
      countSentence(idsOf(checks, severity, standing), predicate, ` of severity ${severity}`),
    );
}

/** Only a blocker must be measured. What else was not measured lowers the proven score, and every report counts it. */
function blockersUnknown({ checks }: VerdictInput): string[] {
  const ids = idsOf(checks, 'blocker', 'unknown');
  return countSentence(ids, ['was not measured', 'were not measured'], ' of severity blocker');
}

function idsOf(checks: readonly CheckResult[], severity: Severity, standing: Standing): string[] {
  return checks
    .filter((check) => check.severity === severity && standingOf(check) === standing)
    .map(({ id }) => id);
}

function injectedFaults({ facts }: VerdictInput): string[] {
  return facts.faults.map((fault) => `The fault ${fault} was injected. A run with a fault is never GO.`);
}

function interruption({ facts }: VerdictInput): string[] {
  if (facts.completed && facts.interruptedBy === undefined) return [];
  const by = facts.interruptedBy === undefined ? '' : ` (interrupted by ${facts.interruptedBy})`;
  return [`The run is not complete${by}.`];
}

/** A run that measures less than its plan is not complete, even if everything else passes. */
function checksLeftOut({ gaps }: VerdictInput): string[] {
  const idsWith = (gap: Gap): string[] => [...gaps].filter(([, reason]) => reason === gap).map(([id]) => id);
  return [
    ...countSentence(idsWith('not-delivered'), ['delivered no result', 'delivered no result']),
    ...countSentence(idsWith('interrupted'), ['was interrupted', 'were interrupted']),
    ...countSentence(idsWith('deselected'), ['was not selected', 'were not selected']),
  ];
}

function checksInError({ checks }: VerdictInput): string[] {
  const ids = checks.filter(({ outcome }) => outcome === 'error').map(({ id }) => id);
  return countSentence(ids, ['ended in an error of the harness', 'ended in an error of the harness']);
}

function nodesNotStarted({ facts }: VerdictInput): string[] {
  return facts.boot
    .filter(({ state, failure }) => state === 'not-started' && failure === undefined)
    .map(({ node }) => `${node} was not started.`);
}

function staleEvidence({ manifest, policy }: VerdictInput): string[] {
  if (manifest.finishedAt === undefined) return [];
  const hours = (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 3_600_000;
  if (hours >= 0 && hours <= policy.freshnessHours) return [];
  return [`The run took longer than ${policy.freshnessHours} hours, so its first evidence is stale.`];
}

/** The end of a sentence about one check, and about several. */
type Predicate = readonly [one: string, several: string];

/** One short sentence about many checks: their number and the first three ids. The report lists them all. */
function countSentence(ids: readonly string[], [one, several]: Predicate, kind = ''): string[] {
  if (ids.length === 0) return [];
  const shown = [...ids].sort().slice(0, 3).join(', ');
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : '';
  const subject = ids.length === 1 ? `1 check${kind} ${one}` : `${ids.length} checks${kind} ${several}`;
  return [`${subject}: ${shown}${more}.`];
}
