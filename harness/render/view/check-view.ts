import { describeCriterion, describeValue } from '../../judge/describe-criterion.ts';
import type { CheckResult } from '../../judge/result.ts';
import { titleOf } from '../../judge/title-of.ts';
import { checkSectionLink } from './checks-document.ts';
import { formatDuration } from './format-duration.ts';
import { formatOutcome } from './format-outcome.ts';
import { checkTone, type Tone } from './tone.ts';

/** `link` is empty if the check is not part of the result. */
export interface CheckReference {
  id: string;
  title: string;
  link: string;
}

/** Some of the checks that a list has. */
export interface CheckReferences {
  listed: CheckReference[];
  /** Number of all of them, and of those that are not listed. */
  count: number;
  more: number;
}

/** One check as the report templates need it: every field is present, nothing is escaped. */
export function checkView(check: CheckResult, refer: (id: string) => CheckReference) {
  return {
    ...check,
    title: titleOf(check),
    standards: check.standards ?? [],
    anchor: checkAnchor(check.id),
    documentation: checkSectionLink(check.id),
    outcomeText: formatOutcome(check.outcome),
    tone: checkTone(check),
    passed: check.outcome === 'pass' || check.outcome === 'notApplicable',
    blockedBy: check.blockedBy === undefined ? null : refer(check.blockedBy),
    duration: formatDuration(check.durationMs),
    findings: check.findings.map(findingView),
    hint: check.shortfall?.hint ?? '',
    evidence: check.evidence.map(evidenceView),
  };
}

export function findingView({ name, criterion, observed, met }: CheckResult['findings'][number]) {
  const tone: Tone = met ? 'good' : 'bad';
  return {
    name,
    expected: describeCriterion(criterion),
    observed: observed === undefined ? 'nothing' : describeValue(observed),
    state: met ? 'met' : 'not met',
    tone,
  };
}

/**
 * An evidence file of the run folder. `link` is empty unless the path is a plain relative one: no scheme, no
 * host, and no way out of the run folder.
 */
export function evidenceView(path: string): { path: string; link: string } {
  const plain = /^[A-Za-z0-9_-][\w-]*(?:\.\w+)*(?:\/[\w-][\w.-]*)+$/.test(path);
  return { path, link: plain ? path : '' };
}

export function checkAnchor(id: string): string {
  return `check-${id}`;
}
