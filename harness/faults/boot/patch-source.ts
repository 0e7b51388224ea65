import type { CheckoutChange, SourceChange } from '../change.ts';

/**
 * The text of a file with the changed lines.
 * @throws Error unless the text to find occurs exactly once
 */
export function patchSource(text: string, { file, find, replace }: SourceChange | CheckoutChange): string {
  const pieces = text.split(find);
  if (pieces.length !== 2)
    throw new Error(`${file} has this text ${pieces.length - 1} times instead of once: ${find}`);
  return pieces.join(replace);
}
