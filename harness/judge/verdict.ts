import type { Facts, Manifest } from '../evidence/facts.ts';
import type { Policy } from '../plan/plan.ts';
import { bootFailures } from './boot-failure.ts';
import type { Gap } from './outcome-of.ts';
import type { CheckResult, ConditionResult, Verdict } from './result.ts';
import { standingOf } from './standing.ts';

export interface VerdictInput {
  policy: Policy;
  conditions: readonly ConditionResult[];
  checks: readonly CheckResult[];
  /** Why each unmeasured check is unmeasured. */
  gaps: ReadonlyMap<string, Gap>;
  facts: Facts;
  manifest: Manifest;
}

/** A rule speaks only when it stands against GO: one sentence per reason. */
type Rule = (input: VerdictInput) => string[];

/** Every rule that can keep a release back, by the kind of NO-GO it gives, the most severe kind first. */
const rules: Readonly<Record<Exclude<Verdict['basis'], 'proven'>, readonly Rule[]>> = {
  'harness-failed': [bootBrokenBy('harness'), harnessErrors],
  violated: [
    conditionsThatAre('violated'),
    blockerChecks('fails', 'does not pass', 'do not pass'),
    bootBrokenBy('product'),
  ],
  'not-proven': [
    conditionsThatAre('not-proven'),
    blockerChecks('unknown', 'was not measured', 'were not measured'),
    injectedFaults,
    interruption,
    leftOut,
    brokenChecks,
    nodesNeverTried,
    staleEvidence,
  ],
};

/** GO only when no rule speaks; otherwise NO-GO on the most severe basis, with every reason in order. */
export function decide(input: VerdictInput): Verdict {
  const reasons = Object.entries(rules).map(([basis, speaking]) => ({
    basis: basis as keyof typeof rules,
    sentences: speaking.flatMap((rule) => rule(input)),
  }));
  const deciding = reasons.find(({ sentences }) => sentences.length > 0);
  if (deciding) {
    const decidedBy = reasons.flatMap(({ sentences }) => sentences);
    return { decision: 'NO-GO', basis: deciding.basis, decidedBy };
  }
  return {
    decision: 'GO',
    basis: 'proven',
    decidedBy: [
      `All ${input.conditions.length} conditions are met.`,
      'Every check of blocker severity passes, and the run is complete.',
    ],
  };
}

function bootBrokenBy(by: 'product' | 'harness'): Rule {
  return ({ facts }) =>
    bootFailures(facts.boot)
      .filter((failure) => failure.by === by)
      .map(({ node, cause }) => `${node} did not become ready: ${cause}.`);
}

function harnessErrors({ facts }: VerdictInput): string[] {
  return facts.harnessErrors.map((message) => `The harness failed: ${message}`);
}

function conditionsThatAre(state: ConditionResult['state']): Rule {
  const words = state === 'violated' ? 'is violated' : 'is not proven';
  return ({ conditions }) =>
    conditions
      .filter((condition) => condition.state === state)
      .map(({ title, distance }) => `${title} ${words}: ${distance}.`);
}

function blockerChecks(standing: 'fails' | 'unknown', one: string, many: string): Rule {
  return ({ checks }) => {
    const ids = checks
      .filter((check) => check.severity === 'blocker' && standingOf(check) === standing)
      .map(({ id }) => id);
    return summed(ids, 'check of blocker severity', 'checks of blocker severity', one, many);
  };
}

function injectedFaults({ facts }: VerdictInput): string[] {
  return facts.faults.map((fault) => `The fault ${fault} was injected; such a run cannot give GO.`);
}

function interruption({ facts }: VerdictInput): string[] {
  if (facts.completed && facts.interruptedBy === undefined) return [];
  const by = facts.interruptedBy === undefined ? '' : ` (interrupted by ${facts.interruptedBy})`;
  return [`The run is not complete${by}.`];
}

/** A run that looked at less than its plan is not complete, however well the rest went. */
function leftOut({ gaps }: VerdictInput): string[] {
  const having = (gap: Gap): string[] => [...gaps].filter(([, reason]) => reason === gap).map(([id]) => id);
  return [
    ...summed(having('not-delivered'), 'check', 'checks', 'delivered no result', 'delivered no result'),
    ...summed(having('interrupted'), 'check', 'checks', 'was interrupted', 'were interrupted'),
    ...summed(having('deselected'), 'check', 'checks', 'was not selected', 'were not selected'),
  ];
}

function brokenChecks({ checks }: VerdictInput): string[] {
  const ids = checks.filter(({ outcome }) => outcome === 'error').map(({ id }) => id);
  return summed(
    ids,
    'check',
    'checks',
    'could not be measured by the harness',
    'could not be measured by the harness',
  );
}

function nodesNeverTried({ facts }: VerdictInput): string[] {
  return facts.boot
    .filter(({ state, failure }) => state === 'not-started' && failure === undefined)
    .map(({ node }) => `${node} was never started.`);
}

function staleEvidence({ manifest, policy }: VerdictInput): string[] {
  if (manifest.finishedAt === undefined) return [];
  const hours = (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 3_600_000;
  if (hours >= 0 && hours <= policy.freshnessHours) return [];
  return [`The evidence spans more than the ${policy.freshnessHours} hours it stays fresh.`];
}

/** One sentence for many ids, short enough to be read in the summary; the checks table has them all. */
function summed(ids: readonly string[], noun: string, nouns: string, one: string, many: string): string[] {
  if (ids.length === 0) return [];
  const shown = [...ids].sort().slice(0, 3).join(', ');
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : '';
  return [`${ids.length} ${ids.length === 1 ? `${noun} ${one}` : `${nouns} ${many}`}: ${shown}${more}.`];
}
