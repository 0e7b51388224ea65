/** A wording that is hard to read, and its replacement. */
export interface AvoidedWording {
  pattern: RegExp;
  instead: string;
}

/** Frequent wordings that are hard to read. CONTRIBUTING.md explains the style. */
export const avoidedWordings: readonly AvoidedWording[] = [
  { pattern: /\bmend(?:s|ed|ing)?\b/i, instead: 'fix' },
  { pattern: /\b(?:is|are|was|were|be|been) told of\b/i, instead: 'reports, is notified of' },
  { pattern: /\bfor want of\b/i, instead: 'without, missing' },
  { pattern: /\bwhatever becomes? of\b/i, instead: 'split the sentence' },
  { pattern: /\bwhat (?:became|becomes|has become) of\b/i, instead: 'outcome, state' },
  { pattern: /\bwho(?:m)?ever\b/i, instead: 'name the actor: the caller, the client' },
  { pattern: /\bbr(?:ing|ings|inging|ought) about\b/i, instead: 'inject, cause' },
  { pattern: /\bhold(?:s|ing)? up\b/i, instead: 'block, delay' },
  { pattern: /\bheld up\b/i, instead: 'blocked, delayed' },
  { pattern: /\b(?:made|make|makes) to forget\b/i, instead: 'append-only' },
  { pattern: /\bleft to rest\b/i, instead: 'is failing; retry later' },
  { pattern: /\bhas to come to\b/i, instead: 'the expected result' },
  { pattern: /\bin the hands of\b/i, instead: 'owned by' },
  { pattern: /\bone after the other\b/i, instead: 'in sequence' },
  { pattern: /\bin whatever\b/i, instead: 'in any' },
  { pattern: /\bas it were\b/i, instead: 'delete it' },
  { pattern: /\bnothing that (?:shows|could be told)\b/i, instead: 'no measurable difference' },
  { pattern: /\bbe told from\b/i, instead: 'be distinguished from' },
  { pattern: /\bto be had\b/i, instead: 'available' },
  {
    pattern: /(?:\/\*\*|^\s*\*) (?:Most|Least|Fewest|Longest|Shortest|Deepest) /,
    instead: 'Maximum …, Minimum …, with the unit',
  },
];

/** `file:line: wording; write: …` for every avoided wording in a text. */
export function findAvoidedWordings(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      avoidedWordings
        .filter(({ pattern }) => pattern.test(line))
        .map(({ pattern, instead }) => `${file}:${index + 1}: ${pattern.exec(line)?.[0]}; write: ${instead}`),
    );
}
