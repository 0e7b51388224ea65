import { cpSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { checkBuildContext } from './check-build-context.ts';
import { requireCompleteContext } from './require-complete-context.ts';

const repository = resolve(import.meta.dirname, '../../..');
let parent: string;
let root: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'build-context-'));
  root = join(parent, 'repository');
  // Much faster than the asynchronous copy.
  for (const path of [
    'Dockerfile',
    '.dockerignore',
    'package.json',
    'package-lock.json',
    'platform',
    'harness/runtime/image',
    'harness/runtime/programs/bundle.ts',
  ])
    cpSync(join(repository, path), join(root, path), { recursive: true });
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const change = async (file: string, from: string | RegExp, to: string): Promise<void> => {
  const text = await readFile(join(root, file), 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(join(root, file), changed);
};
const findings = async (): Promise<string[]> =>
  (await checkBuildContext(root)).findings.map(({ where, what }) => `${where}: ${what}`);

test('the image of this repository needs nothing that is outside of its build context', async () => {
  const report = await checkBuildContext(root);
  expect(report.findings).toEqual([]);
  expect(report.files).toBeGreaterThan(300);
});

test('the dependency of the assessment is reported with its place, its fix and the assessment’s own error', async () => {
  // It exists beside the repository, so everything works on the machine of the developer.
  await mkdir(join(parent, 'pyairtable-common'));
  await change(
    'package.json',
    '"dependencies": {',
    '"dependencies": {"pyairtable-common": "file:../pyairtable-common",',
  );
  const error = await requireCompleteContext(root).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ReadinessError);
  const { code, exitCode, message } = error as ReadinessError;
  expect({ code, exitCode }).toEqual({ code: 'build-context-incomplete', exitCode: 4 });
  expect(message).toBe(
    [
      'The image cannot be built from this repository alone.',
      '  package.json, dependencies.pyairtable-common: npm takes a package from file:../pyairtable-common, which is outside of the build context.',
      '    how to fix: Move it into the repository, or publish it as a package and name its version.',
      '  The assessment of 7 August 2025 reports this failure as "Docker Build System Failure": ../pyairtable-common is not a valid editable requirement (impact: Cannot deploy services).',
    ].join('\n'),
  );
});

test('the requirements file of the assessment is reported too', async () => {
  await writeFile(join(root, 'platform/services/mcp-server/requirements.txt'), '-e ../pyairtable-common\n');
  expect(await findings()).toEqual([
    'platform/services/mcp-server/requirements.txt:1: pip needs ../pyairtable-common, which does not exist.',
  ]);
});

test.each([
  [
    'an import that leaves the repository',
    "import '../../../../pyairtable-common/index.ts';",
    '../../../../pyairtable-common/index.ts, which is outside of the build context',
  ],
  [
    'a dynamic import of an excluded file',
    "await import('../../bench/main.ts');",
    'platform/bench/main.ts, which is left out of the build context by .dockerignore',
  ],
  [
    'an import of a missing file',
    "export * from './gone.ts';",
    'platform/services/gateway/gone.ts, which does not exist',
  ],
])('%s is reported with its line', async (_what, line, problem) => {
  await mkdir(join(parent, 'pyairtable-common'));
  await writeFile(join(parent, 'pyairtable-common/index.ts'), '');
  const file = 'platform/services/gateway/main.ts';
  const lines = (await readFile(join(root, file), 'utf8')).split('\n').length;
  await appendFile(join(root, file), `${line}\n`);
  expect(await findings()).toEqual([`${file}:${lines}: A program of the image needs ${problem}.`]);
});

test('an import of types only needs no file', async () => {
  await appendFile(
    join(root, 'platform/services/gateway/main.ts'),
    "import type { Nothing } from '../../../../gone.ts';\n",
  );
  expect(await findings()).toEqual([]);
});

test('sources that .dockerignore leaves out are reported', async () => {
  await change(
    '.dockerignore',
    '!platform\n',
    '!platform\nplatform/database/migrations\nplatform/kit/service\n',
  );
  const found = await findings();
  expect(found).toContain(
    'harness/runtime/image/image-programs.ts: A program of the image needs platform/database/migrations, which is left out of the build context by .dockerignore.',
  );
  expect(found.filter((one) => one.includes('platform/kit/service/')).length).toBeGreaterThan(5);
});

test('a missing program and a broken source of the Dockerfile are reported', async () => {
  await rm(join(root, 'platform/services/user-service/main.ts'));
  await change(
    'Dockerfile',
    'COPY package.json package-lock.json ',
    'COPY package.json ../package-lock.json ',
  );
  expect(await findings()).toEqual([
    expect.stringMatching(
      /^Dockerfile:\d+: COPY needs \.\.\/package-lock\.json, which is outside of the build context\.$/,
    ),
    'harness/runtime/image/image-programs.ts: A program of the image needs platform/services/user-service/main.ts, which does not exist.',
  ]);
});

test('a symbolic link out of the repository is reported', async () => {
  await symlink('../../pyairtable-common', join(root, 'platform/common'));
  expect(await findings()).toEqual([
    'platform/common: The symbolic link leads to ../../pyairtable-common, which is outside of the build context.',
  ]);
});
