import type { NumberMeaning } from './number-format.ts';

const dayMs = 86_400_000;
/** 31 December 9999, the last day that spreadsheets know. */
const maxSerial = 2_958_466;
const epochMs = { 1900: Date.UTC(1899, 11, 30), 1904: Date.UTC(1904, 0, 1) };
/** The 1900 system has a 29 February 1900, so earlier days count from one day later. */
const firstMarch1900 = 61;

export type DateSystem = keyof typeof epochMs;

const two = (number: number) => String(number).padStart(2, '0');

/** Hours, minutes and, if shown or not zero, seconds with their fraction. */
function clockText(ms: number, { pad, seconds }: { pad: boolean; seconds: boolean }): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const rest = ms % 60_000;
  const fraction = rest % 1000 === 0 ? '' : `.${String(rest % 1000).padStart(3, '0')}`;
  const tail = seconds || rest !== 0 ? `:${two(Math.floor(rest / 1000))}${fraction}` : '';
  return `${pad ? two(hours) : hours}:${two(minutes)}${tail}`;
}

/**
 * The value of a cell with a number of days: a date and time in ISO 8601, a time of day (`12:00`) or a duration
 * (`30:00`). A number that its format cannot show exactly stays a number: days as a time, or a date out of range.
 */
export function readSerial(value: number, meaning: NumberMeaning, system: DateSystem): string | number {
  const ms = Math.round(Math.abs(value) * dayMs);
  if (meaning.kind === 'number' || !Number.isFinite(value)) return value;
  if (meaning.kind === 'duration')
    return `${value < 0 ? '-' : ''}${clockText(ms, { pad: false, seconds: meaning.seconds })}`;
  if (value < 0 || value >= maxSerial) return value;
  if (meaning.kind === 'time') {
    if (ms < dayMs) return clockText(ms, { pad: true, seconds: meaning.seconds });
    // Below a year it is a sum of times rather than a time on a day.
    if (value < 366) return value;
  } else if (system === 1900 && value < 1) {
    return ms === 0 || ms === dayMs ? value : clockText(ms, { pad: true, seconds: true });
  }
  const missingDay = system === 1900 && value < firstMarch1900 - 1 ? dayMs : 0;
  return new Date(epochMs[system] + ms + missingDay).toISOString();
}
