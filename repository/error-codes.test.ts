import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { errorTable } from '../harness/errors/error-table.ts';

const root = resolve(import.meta.dirname, '..');
const sources = globSync('harness/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('/error-table.ts'))
  .map((file) => readFileSync(join(root, file), 'utf8'));

test.each(Object.keys(errorTable))('the harness uses error code %s', (code) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
  expect(sources.some((source) => source.includes(`'${code}'`))).toBe(true);
});
