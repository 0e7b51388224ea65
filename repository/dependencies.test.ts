import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { root } from './tracked-files.ts';

const names = z.record(z.string(), z.string());
const { dependencies, devDependencies } = z
  .object({ dependencies: names, devDependencies: names })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const declared = new Set(Object.keys({ ...dependencies, ...devDependencies }));
const reasons = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');

/** The packages that the document explains: the names before the colon of each line. */
function documented(): string[] {
  const [taken = ''] = reasons.split('## Considered and not taken');
  const lines = taken.split('\n').filter((line) => line.startsWith('- '));
  return lines.flatMap((line) => {
    const names = [...line.slice(0, line.indexOf(':')).matchAll(/`([^`]+)`/g)].map(
      ([, name]) => name as string,
    );
    // In a group of one scope only the first name has the scope: `@opentelemetry/api`, `resources`.
    const scope = names[0]?.match(/^@[^/]+\//)?.[0] ?? '';
    return names.map((name) => (declared.has(name) ? name : `${scope}${name}`));
  });
}

test('docs/dependencies.md has one line for each dependency and no other', () => {
  expect(documented().sort()).toEqual([...declared].sort());
});

test('every dependency has an exact version', () => {
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});
