/** Makes a sentence of so many words. */
export type Sentences = (words: number) => string;

const syllables = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu'.split(' ');
const vocabulary = syllables.flatMap((first) => syllables.map((second) => `${first}${second}`));

/** Sentences of 400 words, so that they compress about as well as prose. The same seed gives the same sentences. */
export function sentencesOf(seed: number): Sentences {
  let state = seed;
  const word = (): string => {
    // The constants of a linear congruential generator with the full period of 2^32.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return vocabulary[(state >>> 8) % vocabulary.length] ?? '';
  };
  return (words) => Array.from({ length: words }, word).join(' ');
}
