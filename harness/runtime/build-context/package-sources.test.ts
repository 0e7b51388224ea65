import { expect, test } from 'vitest';
import { SmallRepository } from '../testing/small-repository.ts';
import { readBuildContext } from './build-context.ts';
import { findPackageSources } from './package-sources.ts';

async function find(manifest: object, lock: object = {}) {
  await using repository = await SmallRepository.create({
    'package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify(lock),
    '.dockerignore': 'excluded\n',
    'inside/package.json': '{}',
    'excluded/package.json': '{}',
  });
  return findPackageSources(await readBuildContext(repository.root));
}

test.each([
  ['file:../pyairtable-common'],
  ['link:../pyairtable-common'],
  ['portal:../pyairtable-common'],
  ['../pyairtable-common'],
  ['file:///srv/pyairtable-common'],
  ['/srv/pyairtable-common'],
  ['~/pyairtable-common'],
  ['file:./inside/../../pyairtable-common'],
  ['file:../pyairtable-common-1.0.0.tgz'],
  ['git+file:///srv/pyairtable-common.git#main'],
])('a dependency on %s is outside of the build context', async (specifier) => {
  const [finding, ...others] = await find({ dependencies: { 'pyairtable-common': specifier } });
  expect(others).toEqual([]);
  expect(finding?.what).toBe(`npm takes a package from ${specifier}, which is outside of the build context.`);
  expect(finding?.where).toBe('package.json, dependencies.pyairtable-common');
  expect(finding?.fix).toContain('Move it into the repository');
});

test.each([
  ['1.2.3'],
  ['^1.0.0 || ~2.1'],
  ['npm:other@1.2.3'],
  ['$typescript'],
  ['https://registry.example.com/a/-/a-1.0.0.tgz'],
  ['git+https://example.com/a.git#v1'],
  ['owner/name'],
  ['file:./inside'],
  ['*'],
])('a dependency on %s is not', async (specifier) => {
  expect(await find({ dependencies: { a: specifier } })).toEqual([]);
});

test.each([
  ['optionalDependencies', { optionalDependencies: { a: 'file:../a' } }, 'optionalDependencies.a'],
  ['devDependencies', { devDependencies: { a: 'file:../a' } }, 'devDependencies.a'],
  ['overrides at any depth', { overrides: { b: { a: 'file:../a' } } }, 'overrides.b.a'],
  ['workspaces', { workspaces: ['../a/*'] }, 'workspaces'],
  ['workspaces in the long form', { workspaces: { packages: ['../a'] } }, 'workspaces'],
])('%s are looked at too', async (_field, manifest, where) => {
  expect(await find(manifest)).toMatchObject([{ where: `package.json, ${where}` }]);
});

test('a package that .dockerignore leaves out, and one that does not exist, have their own reasons', async () => {
  const findings = await find({
    dependencies: { a: 'file:excluded', b: 'file:missing' },
    workspaces: ['inside'],
  });
  expect(findings.map(({ what }) => what)).toEqual([
    'npm takes a package from file:excluded, which is left out of the build context by .dockerignore.',
    'npm takes a package from file:missing, which does not exist.',
  ]);
});

test('manifest and lock file together give one finding for one package', async () => {
  const findings = await find(
    { dependencies: { common: 'file:../common' } },
    {
      lockfileVersion: 3,
      packages: {
        '': { dependencies: { common: 'file:../common' } },
        '../common': { version: '1.0.0' },
        'node_modules/common': { resolved: '../common', link: true },
        'node_modules/pg': { version: '8.0.0', resolved: 'https://registry.npmjs.org/pg/-/pg-8.0.0.tgz' },
      },
    },
  );
  expect(findings).toHaveLength(1);
  expect(findings[0]?.where).toBe(
    'package.json, dependencies.common; package-lock.json, ../common; package-lock.json, node_modules/common',
  );
});

test('a lock file that alone takes a package from a path is a finding', async () => {
  const packages = { 'node_modules/a': { version: '1.0.0', resolved: 'file:../a-1.0.0.tgz' } };
  expect(await find({ dependencies: { a: '1.0.0' } }, { lockfileVersion: 3, packages })).toMatchObject([
    { where: 'package-lock.json, node_modules/a' },
  ]);
});
