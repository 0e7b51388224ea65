import { storableText } from '../../../../kit/postgres/storable-text.ts';
import { extractionLimits } from './limits.ts';

export interface LimitedText {
  text: string;
  truncated: boolean;
}

/** Cuts text to what is kept, and takes out the zero characters that a database cannot hold. */
export function limitText(text: string, most: number = extractionLimits.text): LimitedText {
  const clean = storableText(text.slice(0, most));
  return { text: clean, truncated: text.length > most };
}
