import type { CheckResult, ConditionResult, Verdict } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import type { Outcome } from '../../plan/outcome.ts';
import type { Palette } from '../terminal/palette.ts';

/** How good something is, for colours and marks: proven good, proven bad, or open. */
export type Tone = 'good' | 'bad' | 'open' | 'none';

/** A mark for each tone, so no information depends on colour. */
export const toneMarks: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', open: '?', none: '–' };

export function toned(tone: Tone, text: string, paint: Palette): string {
  return tone === 'none' ? paint.faint(text) : paint[tone](text);
}

export function verdictTone(verdict: Verdict): Tone {
  if (verdict.decision === 'GO') return 'good';
  return verdict.basis === 'violated' ? 'bad' : 'open';
}

export function conditionTone(state: ConditionResult['state']): Tone {
  if (state === 'met') return 'good';
  return state === 'violated' ? 'bad' : 'open';
}

/** The tone of how a check counts: blocked by the product is bad, blocked by the harness is open. */
export function checkTone(check: Pick<CheckResult, 'outcome' | 'cause'>): Tone {
  const tones = { passes: 'good', fails: 'bad', unknown: 'open', excluded: 'none' } as const;
  return tones[standingOf(check)];
}

/** The tone of an outcome alone. */
export function outcomeTone(outcome: Outcome): Tone {
  return checkTone({ outcome, cause: 'product' });
}
