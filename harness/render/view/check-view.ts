import type { LogLine } from '../../evidence/facts.ts';
import { describeCriterion, describeValue } from '../../judge/describe-criterion.ts';
import type { CheckResult } from '../../judge/result.ts';
import { formatDuration } from './format-duration.ts';
import { checkTone, formatOutcome, type Tone } from './format-outcome.ts';

/** `link` is empty when the check is not part of the result. */
export interface CheckReference {
  id: string;
  title: string;
  link: string;
}

export interface CheckView {
  id: string;
  anchor: string;
  title: string;
  why: string;
  severity: string;
  weight: number;
  outcome: string;
  words: string;
  tone: Tone;
  passed: boolean;
  explanation: string;
  blockedBy: CheckReference | null;
  duration: string;
  findings: readonly FindingView[];
  hint: string;
  evidence: readonly EvidenceView[];
  logs: readonly LogLine[];
  remediation: { text: string; effort: string };
  reproduce: string;
}

export interface FindingView {
  name: string;
  expected: string;
  observed: string;
  met: boolean;
  state: string;
  tone: Tone;
  explanation: string;
}

/** A file of the run folder, in which the report lies too. `link` is empty when the path is not a plain one. */
export interface EvidenceView {
  path: string;
  link: string;
}

/** One check as the report templates need it; every field present, nothing escaped. */
export function checkView(check: CheckResult, refer: (id: string) => CheckReference): CheckView {
  return {
    id: check.id,
    anchor: anchorOf(check.id),
    title: check.title,
    why: check.why,
    severity: check.severity,
    weight: check.weight,
    outcome: check.outcome,
    words: formatOutcome(check.outcome),
    tone: checkTone(check),
    passed: check.outcome === 'pass' || check.outcome === 'notApplicable',
    explanation: check.explanation,
    blockedBy: check.blockedBy === undefined ? null : refer(check.blockedBy),
    duration: formatDuration(check.durationMs),
    findings: check.findings.map(findingView),
    hint: check.shortfall?.hint ?? '',
    evidence: check.evidence.map(evidenceView),
    logs: check.logs,
    remediation: check.remediation,
    reproduce: check.reproduce,
  };
}

export function findingView(finding: CheckResult['findings'][number]): FindingView {
  return {
    name: finding.name,
    expected: describeCriterion(finding.criterion),
    observed: finding.observed === undefined ? 'nothing' : describeValue(finding.observed),
    met: finding.met,
    state: finding.met ? 'met' : 'not met',
    tone: finding.met ? 'good' : 'bad',
    explanation: finding.explanation,
  };
}

/** Only a plain relative path becomes a link: never a scheme, another host or a way out of the run folder. */
export function evidenceView(path: string): EvidenceView {
  const plain = /^[A-Za-z0-9_-][\w-]*(?:\.\w+)*(?:\/[\w-][\w.-]*)+$/.test(path);
  return { path, link: plain ? path : '' };
}

export function anchorOf(id: string): string {
  return `check-${id}`;
}
