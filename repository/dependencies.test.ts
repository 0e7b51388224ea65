import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '..');
const names = z.record(z.string(), z.string());
const { dependencies, devDependencies } = z
  .object({ dependencies: names, devDependencies: names })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const reasons = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');

test('every dependency has its reason in docs/dependencies.md', () => {
  const isNamed = (name: string) =>
    reasons.includes(`\`${name}\``) || reasons.includes(`\`${name.replace('@opentelemetry/', '')}\``);
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isNamed(name))).toEqual([]);
});

test('every dependency has an exact version, so that a run can be repeated', () => {
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});
