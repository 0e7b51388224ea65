import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, trackedFiles } from './tracked-files.ts';
import { findAvoidedWordings } from './word-list.ts';

/** The list contains the wordings itself. Recorded data and the assessment are quotations. */
const exempt = /^(?:repository\/word-list\.|fixtures\/|package-lock\.json)/;
const readable = /\.(?:ts|mjs|js|md|hbs|sql|py|ya?ml|css)$|^\.ci\//;

describe('the word list', () => {
  it('finds nothing in the texts of the repository', () => {
    const files = trackedFiles().filter((file) => readable.test(file) && !exempt.test(file));
    expect(files.length).toBeGreaterThan(500);
    const findings = files.flatMap((file) =>
      findAvoidedWordings(file, readFileSync(join(root, file), 'utf8')),
    );
    expect(findings).toEqual([]);
  });

  it.each([
    ['// How to mend it', 'mend; write: fix'],
    ['/** Most bytes of an answer. */', '/** Most ; write: Maximum …, Minimum …, with the unit'],
    [' * Longest wait, milliseconds.', 'Longest'],
    ['unmeasured for want of a tool', 'for want of; write: without, missing'],
    ['the owner is told of it', 'is told of'],
  ])('finds %s', (line, finding) => {
    expect(findAvoidedWordings('a.ts', `x\n${line}`).join()).toContain(finding);
  });

  it('accepts ordinary sentences', () => {
    const text =
      '/** Maximum size, bytes. */\n// The recommended amendment: most requests take the longest route.';
    expect(findAvoidedWordings('a.ts', text)).toEqual([]);
  });
});
