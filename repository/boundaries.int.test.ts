import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import boundaries from '../.dependency-cruiser.mjs';

const repository = resolve(import.meta.dirname, '..');

/** At least one violation of each rule: [rule, file, its code, the module that it must not import]. */
const violations = [
  ['plan-stands-alone', 'harness/plan/b.ts', "import '../judge/result.ts';", 'harness/judge/result.ts'],
  [
    'evidence-knows-the-plan-only',
    'harness/evidence/a.ts',
    "import '../judge/result.ts';",
    'harness/judge/result.ts',
  ],
  [
    'run-is-above-its-parts',
    'harness/engine/b.ts',
    "import '../run/conduct-run.ts';",
    'harness/run/conduct-run.ts',
  ],
  ['judge-stands-alone', 'harness/judge/a.ts', "import '../runtime/boot.ts';", 'harness/runtime/boot.ts'],
  ['judge-stands-alone', 'harness/judge/b.ts', "import '../../scenarios/check.ts';", 'scenarios/check.ts'],
  [
    'judge-stands-alone',
    'harness/judge/c.ts',
    "import type { Boot } from '../runtime/boot.ts';\nexport type A = Boot;",
    'harness/runtime/boot.ts',
  ],
  ['judge-stands-alone', 'harness/judge/d.ts', "import '../render/page.ts';", 'harness/render/page.ts'],
  ['render-stands-alone', 'harness/render/a.ts', "import '../runtime/boot.ts';", 'harness/runtime/boot.ts'],
  [
    'render-stands-alone',
    'harness/render/b.ts',
    "export const a = () => import('../../scenarios/check.ts');",
    'scenarios/check.ts',
  ],
  ['plan-judge-and-render-are-pure', 'harness/judge/e.ts', "import 'node:fs/promises';", 'fs/promises'],
  ['plan-judge-and-render-are-pure', 'harness/judge/f.ts', "import 'node:child_process';", 'child_process'],
  ['plan-judge-and-render-are-pure', 'harness/plan/a.ts', "import 'node:net';", 'net'],
  ['plan-judge-and-render-are-pure', 'harness/render/c.ts', "import 'pg';", 'node_modules/pg/index.js'],
  [
    'plan-judge-and-render-are-pure',
    'harness/render/d.ts',
    "import 'undici';",
    'node_modules/undici/index.js',
  ],
  [
    'scenarios-use-the-public-interface',
    'scenarios/authentication/a.ts',
    "import '../../harness/engine/run.ts';",
    'harness/engine/run.ts',
  ],
  [
    'scenarios-use-the-public-interface',
    'scenarios/authentication/b.ts',
    "import '../../platform/kit/build.ts';",
    'platform/kit/build.ts',
  ],
  [
    'platform-knows-no-harness',
    'platform/kit/a.ts',
    "import '../../harness/engine/run.ts';",
    'harness/engine/run.ts',
  ],
  [
    'services-are-separate',
    'platform/services/gateway/a.ts',
    "export { user } from '../user-service/app.ts';",
    'platform/services/user-service/app.ts',
  ],
  [
    'services-are-separate',
    'platform/services/frontend/a.test.ts',
    "import '../user-service/app.ts';",
    'platform/services/user-service/app.ts',
  ],
  [
    'shared-platform-code-knows-no-service',
    'platform/kit/b.ts',
    "import '../services/user-service/app.ts';",
    'platform/services/user-service/app.ts',
  ],
  ['contracts-stand-alone', 'platform/contracts/b.ts', "import '../kit/build.ts';", 'platform/kit/build.ts'],
  ['contracts-stand-alone', 'platform/contracts/c.ts', "import 'pg';", 'node_modules/pg/index.js'],
  ['only-cli-imports-everything', 'harness/faults/a.ts', "import '../cli/main.ts';", 'harness/cli/main.ts'],
  [
    'only-cli-imports-everything',
    'harness/runtime/a.ts',
    "import '../../scenarios/check.ts';",
    'scenarios/check.ts',
  ],
  [
    'engine-knows-no-runtime',
    'harness/engine/a.ts',
    "import '../runtime/boot.ts';",
    'harness/runtime/boot.ts',
  ],
  [
    'harness-sees-contracts-only',
    'harness/runtime/b.ts',
    "import '../../platform/kit/build.ts';",
    'platform/kit/build.ts',
  ],
  ['setup-needs-no-packages', 'harness/cli/setup/a.mjs', "import 'pg';", 'node_modules/pg/index.js'],
  ['setup-needs-no-packages', 'harness/cli/setup/b.mjs', "import '../main.ts';", 'harness/cli/main.ts'],
  [
    'no-test-code-in-production',
    'platform/kit/c.ts',
    "import './testing/fixture.ts';",
    'platform/kit/testing/fixture.ts',
  ],
  ['no-test-code-in-production', 'platform/kit/d.ts', "import 'vitest';", 'node_modules/vitest/index.js'],
  [
    'no-development-packages-in-production',
    'platform/kit/e.ts',
    "import 'only-dev';",
    'node_modules/only-dev/index.js',
  ],
  [
    'no-undeclared-packages',
    'platform/kit/f.ts',
    "import 'brought-along';",
    'node_modules/brought-along/index.js',
  ],
  ['no-unresolvable', 'platform/kit/g.ts', "import './gone.ts';", './gone.ts'],
  ['no-cycles', 'platform/kit/h.ts', "import './i.ts';", 'platform/kit/i.ts'],
] as const;

/** Allowed code, and the modules that the violations import. */
const allowed = {
  'package.json': JSON.stringify({
    name: 'sample',
    dependencies: { pg: '1.0.0', undici: '1.0.0', zod: '1.0.0' },
    devDependencies: { vitest: '1.0.0', 'only-dev': '1.0.0' },
  }),
  'harness/errors/exit-code.ts': 'export const ok = 0;',
  'harness/plan/outcome.ts': "import '../errors/exit-code.ts';\nimport 'zod';",
  'harness/evidence/facts.ts': "import '../plan/outcome.ts';",
  'harness/evidence/evidence-store.ts': "import 'node:fs/promises';\nimport './facts.ts';",
  'harness/judge/result.ts': "import '../evidence/facts.ts';\nimport '../plan/outcome.ts';",
  'harness/judge/judge.test.ts': "import 'vitest';\nimport 'node:fs';\nimport './result.ts';",
  'harness/run/run-event.ts': 'export interface RunEvent { type: string }',
  'harness/run/conduct-run.ts': "import '../runtime/boot.ts';\nimport '../cli/setup/lock.mjs';",
  'harness/render/page.ts':
    "import '../judge/result.ts';\nimport type { RunEvent } from '../run/run-event.ts';\nexport type A = RunEvent;",
  'harness/render/load-templates.ts': "import 'node:fs/promises';",
  'harness/engine/index.ts': "export { run } from './run.ts';",
  'harness/engine/run.ts': "import '../../platform/contracts/a.ts';\nexport const run = 1;",
  'harness/runtime/boot.ts':
    "import 'node:child_process';\nimport '../engine/run.ts';\nexport interface Boot { at: number }",
  'harness/cli/main.ts':
    "import '../run/conduct-run.ts';\nimport '../../scenarios/check.ts';\nawait using a = await import('../render/page.ts') as never;",
  'harness/cli/setup/setup.mjs': "import 'node:fs';\nimport './lock.mjs';",
  'harness/cli/setup/lock.mjs': 'export const a = 1;',
  'scenarios/check.ts': "import '../harness/engine/index.ts';\nimport '../platform/contracts/a.ts';",
  'platform/contracts/a.ts': "import 'zod';",
  'platform/kit/build.ts': "import '../contracts/a.ts';\nimport 'pg';\nimport type { Dev } from 'only-dev';",
  'platform/kit/build.test.ts': "import './testing/fixture.ts';",
  'platform/kit/testing/fixture.ts': "import 'vitest';",
  'platform/services/user-service/app.ts': "import '../../kit/build.ts';\nexport const user = 1;",
  'platform/services/gateway/app.ts': "import '../../kit/build.ts';\nimport './route.ts';",
  'platform/services/gateway/route.ts': 'export const route = 1;',
};

const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});
type Violation = z.infer<typeof Report>['summary']['violations'][number];

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'boundaries-'));
  for (const [file, text] of Object.entries(allowed)) write(file, text);
  for (const name of ['pg', 'undici', 'zod', 'vitest', 'only-dev', 'brought-along']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function cruise(): Violation[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      join(repository, '.dependency-cruiser.mjs'),
      '--output-type',
      'json',
      'platform',
      'harness',
      'scenarios',
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(`dependency-cruiser printed no report: ${stderr}`);
  return Report.parse(JSON.parse(stdout)).summary.violations;
}

test('reports nothing for code within the boundaries', () => {
  expect(cruise()).toEqual([]);
});

describe('a sample violation', () => {
  let found: Violation[];
  beforeAll(() => {
    for (const [, file, text] of violations) write(file, text);
    write('platform/kit/i.ts', "import './h.ts';");
    found = cruise();
  });

  test.each(violations)('of %s is reported: %s with %s', (rule, file, _text, target) => {
    const reported = found.map(({ rule: { name }, from, to }) => `${name}: ${from} → ${to}`);
    expect(reported).toContain(`${rule}: ${file} → ${target}`);
  });
});

test('every rule has a sample violation', () => {
  const covered = new Set<string>(violations.map(([rule]) => rule));
  const rules = boundaries.forbidden?.map(({ name }) => name) ?? [];
  expect(rules.filter((name) => name === undefined || !covered.has(name))).toEqual([]);
});
