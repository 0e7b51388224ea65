import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

/** True when the package finds the dependency: in its own `node_modules`, else in one above. */
function isLocked(packages: Readonly<Record<string, unknown>>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder}/node_modules/${name}`.replace(/^\//, '') in packages) return true;
    if (folder === '') return false;
  }
}

// npm removes a package for another system from the lock file when the registry does not have it. Then `npm ci`
// rejects the file on every machine. Add it again by hand: version, os, cpu, libc and `"optional": true`.
test('the lock file has the packages of every platform, which npm ci requires', () => {
  const file = join(resolve(import.meta.dirname, '..'), 'package-lock.json');
  const { packages } = Lockfile.parse(JSON.parse(readFileSync(file, 'utf8')));
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(packages, path, name))
      .map((name) => `${name}, required by ${path}`),
  );
  expect(missing).toEqual([]);
});
