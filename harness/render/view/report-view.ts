import { formatBasisPoints } from '../../judge/format.ts';
import type { Blocker, CheckResult, Result } from '../../judge/result.ts';
import { titleOf } from '../../judge/title-of.ts';
import { bootView } from './boot-view.ts';
import {
  type CheckReference,
  type CheckReferences,
  checkAnchor,
  checkView,
  evidenceView,
  findingView,
} from './check-view.ts';
import { checkSectionLink } from './checks-document.ts';
import { columns } from './columns.ts';
import { conditionViews } from './condition-view.ts';
import { errorLine } from './error-line.ts';
import { formatDuration } from './format-duration.ts';
import { blockersHeading, formatOutcome, formatUnknown, formatVerdict } from './format-outcome.ts';
import { scoreView } from './score-view.ts';
import { standardsView } from './standards-view.ts';
import { timelineView } from './timeline-view.ts';
import { outcomeTone, type Tone, verdictTone } from './tone.ts';

/**
 * A result as the report templates need it: every figure as text, every field present (empty instead of
 * missing, so templates can be strict), nothing escaped. Pure: the same result gives the same view.
 */
export function reportView(
  result: Result,
  {
    maxReferences = Number.POSITIVE_INFINITY,
  }: {
    /** Maximum number of checks in a list of those that a root cause blocks or that a condition misses. Default: all. */
    maxReferences?: number;
  } = {},
) {
  const ids = new Map(result.checks.map((check) => [check.id, titleOf(check)]));
  const roots = new Map(result.checks.map((check) => [check.id, check]));
  const refer = (id: string): CheckReference => ({
    id,
    title: ids.get(id) ?? id,
    link: ids.has(id) ? `#${checkAnchor(id)}` : '',
  });
  const listOf = (all: readonly string[]): CheckReferences => ({
    listed: all.slice(0, maxReferences).map(refer),
    count: all.length,
    more: Math.max(0, all.length - maxReferences),
  });
  const { verdict, run } = result;
  return {
    columns,
    headline: formatVerdict(verdict),
    unknown: formatUnknown(verdict),
    basis: basisText[verdict.basis],
    tone: verdictTone(verdict),
    reasons: verdict.decidedBy,
    faults: result.faults,
    harnessErrors: result.harnessErrors,
    keyFigures: keyFigures(result),
    gate: result.gate
      ? `The gate caught ${result.gate.caught} of ${result.gate.proved} known faults (${result.gate.at.slice(0, 10)}).`
      : '',
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
    conditions: conditionViews(result).map((condition) => ({
      ...condition,
      missing: listOf(condition.missing),
    })),
    score: scoreView(result),
    navBlockers: verdict.decision === 'GO' ? 'Findings' : 'Blockers',
    blockersHeading: blockersHeading(verdict),
    blockers: result.blockers.map((blocker, index) =>
      blockerView(blocker, index + 1, { result, roots, refer, listOf }),
    ),
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
        text: formatOutcome(outcome),
        tone: outcomeTone(outcome),
        count: result.checks.filter((check) => check.outcome === outcome).length,
      }))
      .filter(({ count }) => count > 0),
    standards: standardsView(result),
    boot: bootView(result.boot),
    /** Null for results without one. */
    timeline: timelineView(result),
    /** Null for a run that booted its own platform. */
    target: result.target ?? null,
    capabilities: result.capabilities.map(({ name, available, detail }) => {
      const tone: Tone = available ? 'good' : 'open';
      return { name, state: available ? 'available' : 'missing', tone, detail };
    }),
  };
}

const outcomeOrder = ['fail', 'blocked', 'error', 'unmeasured', 'pass', 'notApplicable'] as const;

const basisText = {
  proven: 'All conditions are met, with evidence.',
  violated:
    'A condition is violated, a check fails that forbids GO, or a service does not start. Unknown results cannot change this.',
  'not-proven': 'Nothing is violated, but the evidence is not enough for GO.',
  'harness-failed': 'The harness failed, so this run gives no final verdict about the product.',
} as const;

/** How many known faults the gate catches, where that was proved with the same sources. */
function gateFigure(gate: Result['gate']): { label: string; value: string; note: string } {
  const label = 'Faults caught';
  if (!gate) return { label, value: 'not proved', note: 'npm run readiness -- prove, with these sources' };
  const { caught, proved, at } = gate;
  return { label, value: `${caught} of ${proved}`, note: `proved on ${at.slice(0, 10)}` };
}

function keyFigures(result: Result): { label: string; value: string; note: string }[] {
  const met = result.conditions.filter(({ state }) => state === 'met').length;
  const passed = result.checks.filter(({ outcome }) => outcome === 'pass').length;
  const ready = result.boot.filter(({ state }) => state === 'ready');
  const lastReadyMs = Math.max(0, ...ready.map(({ readyAfterMs }) => readyAfterMs ?? 0));
  const { proven, possible, coverage } = result.score;
  const bounds = `${formatBasisPoints(possible)} possible, ${formatBasisPoints(coverage)} measured`;
  return [
    {
      label: 'Conditions met',
      value: `${met} of ${result.conditions.length}`,
      note: 'GO needs all of them',
    },
    {
      label: 'Score proven',
      value: formatBasisPoints(proven),
      note: bounds.replaceAll(' %', '\u00a0%'),
    },
    {
      label: 'Checks passed',
      value: `${passed} of ${result.checks.length}`,
      note: `${result.blockers.length} root ${result.blockers.length === 1 ? 'cause' : 'causes'} for the rest`,
    },
    {
      label: 'Nodes ready',
      value: `${ready.length} of ${result.boot.length}`,
      note: ready.length > 0 ? `the last one after ${formatDuration(lastReadyMs)}` : 'nothing became ready',
    },
    gateFigure(result.gate),
  ];
}

function blockerView(
  blocker: Blocker,
  number: number,
  {
    result,
    roots,
    refer,
    listOf,
  }: {
    result: Result;
    roots: ReadonlyMap<string, CheckResult>;
    refer(id: string): CheckReference;
    listOf(ids: readonly string[]): CheckReferences;
  },
) {
  const root = roots.get(blocker.root);
  return {
    ...blocker,
    number,
    root: refer(blocker.root),
    /** Empty for a failed node that no check covers. */
    documentation: root ? checkSectionLink(root.id) : '',
    outcome: formatOutcome(blocker.outcome),
    tone: outcomeTone(blocker.outcome),
    category: result.categories.find(({ id }) => id === blocker.category)?.title ?? blocker.category,
    errorLine: errorLine(blocker.logs) ?? null,
    findings: (root?.findings ?? []).map(findingView),
    evidence: (root?.evidence ?? []).map(evidenceView),
    blocks: listOf(blocker.blocks),
  };
}
