import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findExecutable } from './find-executable.mjs';
import { makeReady } from './make-ready.mjs';
import { pythonPackages } from './python.mjs';
import { fakeCommand } from './testing/fake-command.ts';

/**
 * A small repository with a package `node` from a file. Like in the real package, an install script creates the
 * program. The tests use the real npm, without network.
 */
let repository: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'make-ready-'));
  root = repository;
  packNode();
  writeJson('package.json', manifest({}));
  npm('install', '--package-lock-only');
});
afterAll(() => rmSync(repository, { recursive: true }));

/** A fresh clone of the small repository. */
let root: string;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'make-ready-'));
  said = [];
  for (const file of ['node.tgz', 'package.json', 'package-lock.json'])
    copyFileSync(join(repository, file), join(root, file));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const say = (line: string): void => {
  said.push(line);
};
const manifest = (dependencies: Record<string, string>) => ({
  name: 'small',
  version: '1.0.0',
  devDependencies: { node: 'file:node.tgz' },
  dependencies,
  allowScripts: { node: true },
});

function env(): NodeJS.ProcessEnv {
  const tools = join(root, 'machine');
  fakeCommand(tools, 'redis-server', 'echo "Redis server v=7.0.15 sha=0"');
  for (const name of ['chromium', 'k6']) fakeCommand(tools, name, '');
  fakeCommand(tools, 'node', `exec "${process.execPath}" "$@"`);
  fakeCommand(join(root, '.tools', 'python', 'bin'), 'python', '');
  for (const { name, version } of Object.values(pythonPackages)) {
    const libraries = join(root, '.tools', 'python', 'lib', 'python3', 'site-packages');
    mkdirSync(join(libraries, `${name}-${version}.dist-info`), { recursive: true });
  }
  const npmCommand = findExecutable(['npm'], { PATH: outerPath() });
  return {
    HOME: root,
    PATH: [tools, dirname(npmCommand ?? ''), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
  };
}

/** The PATH without the binaries of this repository, which the tests run with. */
function outerPath(): string {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':');
}

function npm(...args: string[]): void {
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: env(),
    stdio: 'pipe',
  });
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(join(root, file), JSON.stringify(value));
}

function packNode(): void {
  const folder = join(root, 'node-source');
  mkdirSync(folder);
  writeJson('node-source/package.json', {
    name: 'node',
    version: process.versions.node,
    bin: { node: 'bin/node' },
    scripts: { preinstall: 'node installArchSpecificPackage' },
  });
  writeFileSync(
    join(folder, 'installArchSpecificPackage.js'),
    `const fs = require('fs'); fs.mkdirSync('bin', { recursive: true });
     fs.symlinkSync(${JSON.stringify(process.execPath)}, 'bin/node');
     fs.appendFileSync('../../installations', 'x');`,
  );
  npm('pack', './node-source');
  renameSync(join(root, `node-${process.versions.node}.tgz`), join(root, 'node.tgz'));
}

const installations = (): number =>
  existsSync(join(root, 'installations')) ? readFileSync(join(root, 'installations'), 'utf8').length : 0;
const pinned = (): string => join(root, 'node_modules', 'node', 'bin', 'node');

test('installs the npm packages in a fresh clone; a second setup does and prints nothing', async () => {
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(existsSync(pinned())).toBe(true);
  expect(said).toEqual(['Installing the npm packages (node_modules is missing): npm ci']);
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(said).toHaveLength(1);
  expect(installations()).toBe(1);
});

test('installs once when two setups run at the same time', async () => {
  const codes = await Promise.all([
    makeReady(root, { env: env(), say }),
    makeReady(root, { env: env(), say }),
  ]);
  expect(codes).toEqual([0, 0]);
  expect(installations()).toBe(1);
});

test('keeps packages that npm installed from the lock file', async () => {
  npm('install');
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(installations()).toBe(1);
  expect(said).toEqual([]);
});

test('installs again when the lock file changes', async () => {
  await makeReady(root, { env: env(), say });
  mkdirSync(join(root, 'extra'));
  writeJson('extra/package.json', { name: 'extra', version: '1.0.0' });
  npm('pack', './extra');
  writeJson('package.json', manifest({ extra: 'file:extra-1.0.0.tgz' }));
  npm('install', '--package-lock-only');
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(existsSync(join(root, 'node_modules', 'extra', 'package.json'))).toBe(true);
});

test('runs an install script that npm skipped', async () => {
  writeFileSync(join(root, '.npmrc'), 'ignore-scripts=true\n');
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(existsSync(pinned())).toBe(true);
});

test('falls back to npm install when the lock file does not match package.json', async () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  delete lock.packages['node_modules/node'];
  delete lock.packages[''].devDependencies;
  writeJson('package-lock.json', lock);
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(existsSync(pinned())).toBe(true);
  expect(said[1]).toContain('do not match');
});

test('returns exit code 4, the reason and the command when packages cannot be installed', async () => {
  rmSync(join(root, 'node.tgz'));
  rmSync(join(root, '.npm'), { recursive: true, force: true });
  expect(await makeReady(root, { env: env(), say })).toBe(4);
  expect(said[1]).toMatch(/could not be installed: npm failed[\s\S]*node\.tgz[\s\S]*Run it by hand: npm ci/);
});

test('returns exit code 4 and the command for missing packages when installing is turned off', async () => {
  expect(await makeReady(root, { env: { ...env(), READINESS_SETUP: 'off' }, say })).toBe(4);
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
  expect(said).toEqual([expect.stringMatching(/READINESS_SETUP=off[\s\S]*npm ci$/)]);
});

test('returns 0 when a tool is missing', async () => {
  npm('install');
  const machine = { ...env(), READINESS_SETUP: 'off' };
  rmSync(join(root, 'machine', 'k6'));
  expect(await makeReady(root, { env: machine, say })).toBe(0);
  expect(said).toEqual([expect.stringMatching(/^Missing: k6/)]);
});

test('installs native packages that npm skipped on an old Node, with the pinned Node', async () => {
  mkdirSync(join(root, 'native'));
  const native = { name: 'native', version: '1.0.0', os: [process.platform], cpu: [process.arch] };
  writeJson('native/package.json', { ...native, engines: { node: '>=20' } });
  npm('pack', './native');
  writeJson('package.json', { ...manifest({}), optionalDependencies: { native: 'file:native-1.0.0.tgz' } });
  npm('install');
  const part = join(root, 'node_modules', 'native');
  expect(existsSync(part)).toBe(true);
  rmSync(part, { recursive: true });

  const old = env();
  const used = join(root, 'old-node-was-used');
  const run = `echo >"${used}"; exec "${process.execPath}" "$@"`;
  fakeCommand(join(root, 'machine'), 'node', `[ "$1" != --version ] || { echo v18.20.4; exit; }; ${run}`);
  expect(await makeReady(root, { env: old, say })).toBe(0);
  expect(existsSync(part)).toBe(true);
  expect(existsSync(used)).toBe(false);
  expect(said).toEqual(['Installing the npm packages (native is missing): npm ci']);
});

test('does not report native packages for other systems as missing', async () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const native = { version: '1.0.0', optional: true };
  npm('install');
  writeJson('package-lock.json', {
    ...lock,
    packages: {
      ...lock.packages,
      'node_modules/other-system': { ...native, os: ['plan9'], cpu: [process.arch] },
      'node_modules/other-processor': { ...native, os: [process.platform], cpu: ['pdp11'] },
      'node_modules/other-library': { ...native, os: [process.platform], libc: ['dietlibc'] },
      'node_modules/part-of-other-system': native,
    },
  });
  expect(await makeReady(root, { env: env(), say })).toBe(0);
  expect(said).toEqual([]);
});

test('works in a read-only clone when no npm package is missing', async () => {
  npm('install');
  const machine = env();
  rmSync(join(root, 'machine', 'k6'));
  rmSync(join(root, '.tools'), { recursive: true });
  writeFileSync(join(root, '.tools'), 'root cannot create files below a file either');
  expect(await makeReady(root, { env: machine, say })).toBe(0);
  expect(said[0]).toMatch(/\.tools is not writable \(E\w+\)\. Nothing will be installed\.$/);
  expect(said).toContainEqual(expect.stringMatching(/^Missing: k6/));
});

test('returns exit code 4 in a read-only clone when npm packages are missing', async () => {
  const machine = env();
  rmSync(join(root, '.tools'), { recursive: true });
  writeFileSync(join(root, '.tools'), '');
  expect(await makeReady(root, { env: machine, say })).toBe(4);
  expect(said[1]).toMatch(/could not be installed: node_modules is missing, and nothing can be installed\n/);
});

test('takes no lock when installing is turned off', async () => {
  npm('install');
  const machine = { ...env(), READINESS_SETUP: 'off' };
  rmSync(join(root, 'machine', 'k6'));
  mkdirSync(join(root, '.tools', 'setup.lock'));
  writeJson('.tools/setup.lock/owner.json', { pid: process.pid, host: hostname() });
  expect(await makeReady(root, { env: machine, say })).toBe(0);
  expect(said).toEqual([expect.stringMatching(/^Missing: k6/)]);
});

test('gives npm a cache in the clone when the home folder is not writable', async () => {
  const machine: NodeJS.ProcessEnv = { ...env(), HOME: '/dev/null/home' };
  delete machine.npm_config_cache;
  expect(await makeReady(root, { env: machine, say })).toBe(0);
  expect(existsSync(join(root, '.cache', 'npm'))).toBe(true);
});

test('reports an invalid READINESS_SETUP and installs nothing', async () => {
  await makeReady(root, { env: { ...env(), READINESS_SETUP: 'maybe' }, say });
  expect(said[0]).toContain('READINESS_SETUP is "maybe"');
  expect(installations()).toBe(0);
});
