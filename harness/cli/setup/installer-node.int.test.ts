import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { provideInstallerNode } from './installer-node.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { commandOutput } from './run-command.mjs';
import { fakeCommand } from './testing/fake-command.ts';

const wanted = '24.21.0';
let root: string;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'installer-node-'));
  said = [];
  const packages = { 'node_modules/node': { version: wanted } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
});
afterEach(() => rmSync(root, { recursive: true }));

const calls = () => join(root, 'calls');

/** A machine with this version of Node, and an npm that runs the script `install`. */
function provide(machineVersion: string, install: string) {
  const bin = join(root, 'machine');
  fakeCommand(bin, 'node', `echo v${machineVersion}`);
  const command = fakeCommand(bin, 'npm', `echo "$@" >>"${calls()}"; ${install}`);
  return provideInstallerNode(root, {
    env: { PATH: `${bin}:/usr/bin:/bin` },
    npm: { command, args: [] },
    say: (line) => void said.push(line),
  });
}

const downloads = [
  `for name in "$@"; do :; done; name=\${name%@*}`,
  'mkdir -p "$3/node_modules/$name/bin"',
  `printf '#!/bin/sh\\necho v${wanted}\\n' >"$3/node_modules/$name/bin/node"`,
  'chmod +x "$3/node_modules/$name/bin/node"',
].join('; ');

test.each(['24.0.0', '24.21.0', '26.1.0'])('runs npm on the machine’s Node %s', async (version) => {
  expect(await provide(version, downloads)).toBeUndefined();
  expect(existsSync(calls())).toBe(false);
  expect(said).toEqual([]);
});

test.each(['18.20.4', '20.20.2', '22.1.0'])(
  'installs the pinned Node to run npm when the machine has Node %s',
  async (version) => {
    const node = await provide(version, downloads);
    expect(commandOutput(node?.path ?? '', ['--version'])).toBe(`v${wanted}\n`);
    expect(readFileSync(calls(), 'utf8')).toMatch(
      /^install --prefix .*--ignore-scripts.* node[a-z0-9-]+@24\.21\.0\n$/,
    );
    expect(said).toEqual([
      expect.stringMatching(`^Installing Node ${wanted} .* the machine has Node ${version}`),
    ]);
    node?.remove();
    expect(existsSync(join(root, '.tools', 'installer-node'))).toBe(false);
  },
);

test('copies an installed pinned Node, because npm deletes the original', async () => {
  const installed = pinnedNode(root);
  fakeCommand(dirname(installed), 'node', `echo v${wanted}`);
  const node = await provide('18.20.4', downloads);
  rmSync(join(root, 'node_modules'), { recursive: true });
  expect(commandOutput(node?.path ?? '', ['--version'])).toBe(`v${wanted}\n`);
  expect(existsSync(calls())).toBe(false);
});

test('uses the machine’s Node and prints the reason when the download fails', async () => {
  expect(await provide('18.20.4', 'echo "npm ERR! network" >&2; exit 1')).toBeUndefined();
  expect(said[1]).toMatch(/^That failed; continuing with Node 18\.20\.4: exit code 1\nnpm ERR! network/);
});

test('does not use a download that does not run', async () => {
  expect(await provide('18.20.4', downloads.replace('echo v', 'exit 1; echo v'))).toBeUndefined();
  expect(said[1]).toContain('it does not run here');
});

test('does nothing when the lock file has no version of Node', async () => {
  writeFileSync(join(root, 'package-lock.json'), '{}');
  mkdirSync(join(root, 'machine'));
  expect(await provide('18.20.4', downloads)).toBeUndefined();
  expect(existsSync(calls())).toBe(false);
});
