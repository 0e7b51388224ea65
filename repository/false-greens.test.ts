import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './tracked-files.ts';

/** The rows of the tables of docs/false-greens.md: trap, file and title. */
const rows = readFileSync(join(root, 'docs/false-greens.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, trap, , test] = line.split('|').map((cell) => cell.trim());
    const [, file, title] = /^`([^`]+)`: (.+)$/.exec(test ?? '') ?? [];
    return trap && file && title ? [{ trap, file, title }] : [];
  });

describe('the list of false greens', () => {
  it('has a test for each of its traps', () => {
    const written = readFileSync(join(root, 'docs/false-greens.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (?:Trap|---)/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(30);
    expect(rows).toHaveLength(written.length);
  });

  it.each(rows)('$trap: its test exists', ({ file, title }) => {
    const path = join(root, file);
    expect(existsSync(path), file).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain(title);
  });
});
