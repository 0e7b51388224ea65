import type { LogLine } from '../../evidence/facts.ts';
import { formatBasisPoints, formatShare } from '../../judge/format.ts';
import type { Blocker, CheckResult, ConditionResult, Result } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import { type BootView, bootView } from '../progress/boot-view.ts';
import {
  anchorOf,
  type CheckReference,
  type CheckView,
  checkView,
  type EvidenceView,
  evidenceView,
  type FindingView,
  findingView,
} from './check-view.ts';
import { countOf, fraction, scoreArithmetic, weightedPoints } from './figures.ts';
import { formatDuration } from './format-duration.ts';
import {
  conditionTone,
  formatConditionState,
  formatOutcome,
  formatVerdict,
  outcomeTone,
  type Tone,
  verdictTone,
} from './format-outcome.ts';
import { tellingLogLine } from './telling-log-line.ts';

/**
 * A result as the report templates need it: every figure already in words, every field present (empty
 * rather than missing, so that templates can be strict), nothing escaped. Free of clocks and of the machine.
 */
export interface ReportView {
  headline: string;
  decision: string;
  basis: string;
  tone: Tone;
  rules: readonly string[];
  faults: readonly string[];
  harnessErrors: readonly string[];
  keyFigures: readonly { label: string; value: string; note: string }[];
  subject: SubjectView;
  conditions: readonly ConditionView[];
  score: ScoreView;
  categories: readonly CategoryView[];
  blockers: readonly BlockerView[];
  checkGroups: readonly { title: string; weight: string; checks: readonly CheckView[] }[];
  checkCount: number;
  outcomes: readonly { outcome: string; words: string; tone: Tone; count: number }[];
  boot: BootView;
  capabilities: readonly { name: string; state: string; tone: Tone; detail: string }[];
}

export interface SubjectView {
  runId: string;
  startedAt: string;
  commit: string;
  shortCommit: string;
  dirty: boolean;
  runtime: string;
  seed: string;
  toolVersion: string;
  planSha256: string;
  factsSha256: string;
}

export interface ConditionView {
  title: string;
  source: string;
  state: string;
  tone: Tone;
  needs: string;
  has: string;
  /** Checks that nobody could measure, e.g. `3 unknown`; empty for none. */
  unknown: string;
  missing: readonly CheckReference[];
}

export interface ScoreView {
  proven: string;
  possible: string;
  coverage: string;
  /** Thousandths of the bar's width. */
  provenWidth: number;
  openWidth: number;
  arithmetic: string;
}

export interface CategoryView {
  title: string;
  weight: string;
  share: string;
  proven: string;
  possible: string;
  coverage: string;
  points: string;
  provenWidth: number;
  openWidth: number;
  notApplicable: number;
}

export interface BlockerView {
  number: number;
  root: CheckReference;
  title: string;
  severity: string;
  outcome: string;
  tone: Tone;
  category: string;
  cause: string;
  tellingLine: { service: string; text: string } | null;
  logs: readonly LogLine[];
  findings: readonly FindingView[];
  evidence: readonly EvidenceView[];
  blocks: readonly CheckReference[];
  remediation: { text: string; effort: string };
  reproduce: string;
}

/** Pure: the same result gives the same view. */
export function reportView(result: Result): ReportView {
  const byId = new Map(result.checks.map((check) => [check.id, check]));
  const refer = (id: string): CheckReference => {
    const check = byId.get(id);
    return { id, title: check?.title ?? id, link: check ? `#${anchorOf(id)}` : '' };
  };
  const { verdict, run } = result;
  return {
    headline: formatVerdict(verdict),
    decision: verdict.decision,
    basis: basisWords[verdict.basis],
    tone: verdictTone(verdict),
    rules: verdict.decidedBy,
    faults: result.faults,
    harnessErrors: result.harnessErrors,
    keyFigures: keyFigures(result),
    subject: {
      runId: run.runId,
      startedAt: run.startedAt,
      commit: run.subject.commit,
      shortCommit: run.subject.commit.slice(0, 12),
      dirty: run.subject.dirty,
      runtime: result.runtime,
      seed: String(result.seed),
      toolVersion: run.toolVersion,
      planSha256: result.planSha256,
      factsSha256: result.factsSha256,
    },
    conditions: result.conditions.map((condition) => ({
      title: condition.title,
      source: condition.source,
      state: formatConditionState(condition.state),
      tone: conditionTone(condition.state),
      ...distanceOf(condition, result.checks),
      missing: condition.missing.map(refer),
    })),
    score: {
      proven: formatBasisPoints(result.score.proven),
      possible: formatBasisPoints(result.score.possible),
      coverage: formatBasisPoints(result.score.coverage),
      ...barOf({ num: result.score.proven, den: 10_000 }, { num: result.score.possible, den: 10_000 }),
      arithmetic: scoreArithmetic(result),
    },
    categories: result.categories.map((category) => ({
      title: category.title,
      weight: `${category.weight} %`,
      share: fraction(category.proven),
      proven: formatShare(category.proven),
      possible: formatShare(category.possible),
      coverage: formatShare(category.coverage),
      points: weightedPoints(category),
      ...barOf(category.proven, category.possible),
      notApplicable: category.counts.notApplicable,
    })),
    blockers: result.blockers.map((blocker, index) => blockerView(blocker, index, { result, byId, refer })),
    checkGroups: result.categories
      .map(({ id, title, weight }) => ({
        title,
        weight: `${weight} %`,
        checks: result.checks
          .filter((check) => check.category === id)
          .map((check) => checkView(check, refer)),
      }))
      .filter(({ checks }) => checks.length > 0),
    checkCount: result.checks.length,
    outcomes: outcomeOrder
      .map((outcome) => ({
        outcome,
        words: formatOutcome(outcome),
        tone: outcomeTone(outcome),
        count: result.checks.filter((check) => check.outcome === outcome).length,
      }))
      .filter(({ count }) => count > 0),
    boot: bootView(result.boot),
    capabilities: result.capabilities.map(({ name, available, detail }) => ({
      name,
      state: available ? 'available' : 'missing',
      tone: available ? 'good' : 'open',
      detail,
    })),
  };
}

const outcomeOrder = ['fail', 'blocked', 'error', 'unmeasured', 'pass', 'notApplicable'] as const;

const basisWords = {
  proven: 'Every condition is met, on evidence.',
  violated: 'At least one condition is violated, even at its most favourable reading.',
  'not-proven': 'Nothing decisive is violated, but the evidence does not carry a GO.',
  'harness-failed': 'The harness itself failed; this run says nothing final about the product.',
} as const;

/** With no check feeding it, a condition has no share to show. */
function distanceOf(
  condition: ConditionResult,
  checks: readonly CheckResult[],
): Pick<ConditionView, 'needs' | 'has' | 'unknown'> {
  const feeding = checks.filter(({ conditions }) => conditions.includes(condition.id));
  if (feeding.length === 0) return { needs: 'all', has: 'none', unknown: 'no checks' };
  const unknown = feeding.filter((check) => standingOf(check) === 'unknown').length;
  return {
    needs: countOf(condition.needs),
    has: countOf(condition.has),
    unknown: unknown > 0 ? `${unknown} unknown` : '',
  };
}

function keyFigures(result: Result): ReportView['keyFigures'] {
  const met = result.conditions.filter(({ state }) => state === 'met').length;
  const passed = result.checks.filter(({ outcome }) => outcome === 'pass').length;
  const ready = result.boot.filter(({ state }) => state === 'ready');
  const lastReadyMs = Math.max(0, ...ready.map(({ readyAfterMs }) => readyAfterMs ?? 0));
  return [
    {
      label: 'Conditions met',
      value: `${met} of ${result.conditions.length}`,
      note: 'all are needed for GO',
    },
    {
      label: 'Score proven',
      value: formatBasisPoints(result.score.proven),
      note: `${formatBasisPoints(result.score.possible)} possible, ${formatBasisPoints(result.score.coverage)} measured`.replaceAll(
        ' %',
        '\u00a0%',
      ),
    },
    {
      label: 'Checks passed',
      value: `${passed} of ${result.checks.length}`,
      note: `${result.blockers.length} root ${result.blockers.length === 1 ? 'cause' : 'causes'} for the rest`,
    },
    {
      label: 'Booted',
      value: `${ready.length} of ${result.boot.length}`,
      note: ready.length > 0 ? `last ready after ${formatDuration(lastReadyMs)}` : 'nothing became ready',
    },
  ];
}

function blockerView(
  blocker: Blocker,
  index: number,
  from: { result: Result; byId: ReadonlyMap<string, CheckResult>; refer: (id: string) => CheckReference },
): BlockerView {
  const root = from.byId.get(blocker.root);
  return {
    number: index + 1,
    root: from.refer(blocker.root),
    title: blocker.title,
    severity: blocker.severity,
    outcome: formatOutcome(blocker.outcome),
    tone: outcomeTone(blocker.outcome),
    category: from.result.categories.find(({ id }) => id === blocker.category)?.title ?? blocker.category,
    cause: blocker.cause,
    tellingLine: tellingLogLine(blocker.logs) ?? null,
    logs: blocker.logs,
    findings: (root?.findings ?? []).map(findingView),
    evidence: (root?.evidence ?? []).map(evidenceView),
    blocks: blocker.blocks.map(from.refer),
    remediation: blocker.remediation,
    reproduce: blocker.reproduce,
  };
}

function barOf(
  proven: { num: number; den: number },
  possible: { num: number; den: number },
): { provenWidth: number; openWidth: number } {
  const provenWidth = Math.floor((proven.num * 1000) / proven.den);
  return {
    provenWidth,
    openWidth: Math.max(0, Math.floor((possible.num * 1000) / possible.den) - provenWidth),
  };
}
