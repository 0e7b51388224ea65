import type { CheckResult, ConditionResult, Verdict } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import type { Outcome } from '../../plan/outcome.ts';
import type { Palette } from '../terminal/palette.ts';

/** The verdict as a headline; the four ways a run can end look different from each other. */
export function formatVerdict(verdict: Verdict): string {
  switch (verdict.basis) {
    case 'proven':
      return verdict.decision;
    case 'violated':
      return `${verdict.decision} (violated)`;
    case 'not-proven':
      return `${verdict.decision} (not proven)`;
    case 'harness-failed':
      return `${verdict.decision} (harness failed)`;
  }
}

/** How good a thing is, for colours and marks: proven good, proven bad, or open. */
export type Tone = 'good' | 'bad' | 'open' | 'none';

/** A mark for each tone, for those who do not see the colour. */
export const toneMarks: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', open: '?', none: '–' };

export function toned(tone: Tone, text: string, paint: Palette): string {
  return tone === 'none' ? paint.faint(text) : paint[tone](text);
}

export function verdictTone(verdict: Verdict): Tone {
  if (verdict.decision === 'GO') return 'good';
  return verdict.basis === 'violated' ? 'bad' : 'open';
}

/** A check in the tone of what it counts for: blocked by the product has failed, by the harness is open. */
export function checkTone(check: Pick<CheckResult, 'outcome' | 'cause'>): Tone {
  const tones = { passes: 'good', fails: 'bad', unknown: 'open', excluded: 'none' } as const;
  return tones[standingOf(check)];
}

/** An outcome by itself, where nothing says whose failure it is. */
export function outcomeTone(outcome: Outcome): Tone {
  const tones: Record<Outcome, Tone> = {
    pass: 'good',
    fail: 'bad',
    blocked: 'bad',
    error: 'open',
    unmeasured: 'open',
    notApplicable: 'none',
  };
  return tones[outcome];
}

/** An outcome as people say it. */
export function formatOutcome(outcome: Outcome): string {
  return outcome === 'notApplicable' ? 'not applicable' : outcome;
}

export function conditionTone(state: ConditionResult['state']): Tone {
  if (state === 'met') return 'good';
  return state === 'violated' ? 'bad' : 'open';
}

export function formatConditionState(state: ConditionResult['state']): string {
  return state === 'not-proven' ? 'not proven' : state;
}
