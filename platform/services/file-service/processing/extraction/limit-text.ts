import { storableText } from '../../../../kit/postgres/storable-text.ts';
import { extractionLimits } from './limits.ts';

export interface LimitedText {
  text: string;
  truncated: boolean;
}

/** Cuts text to a maximum length and removes the characters that PostgreSQL cannot store. */
export function limitText(text: string, maxLength: number = extractionLimits.text): LimitedText {
  return { text: storableText(text.slice(0, maxLength)), truncated: text.length > maxLength };
}
