import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkBuildContext } from '../../runtime/build-context/check-build-context.ts';
import { changedCheckout } from './changed-checkout.ts';

const packageRoot = resolve(import.meta.dirname, '../../..');

it('copies what the builder gets with the change, which leaves the repository alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'checkout-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const before = await readFile(join(packageRoot, 'package.json'), 'utf8');
  const add = '"dependencies": {\n    "pyairtable-common": "file:../pyairtable-common",';
  const root = await changedCheckout(
    [{ kind: 'checkout', file: 'package.json', find: '"dependencies": {', replace: add }],
    { packageRoot, folder: join(folder, 'copy') },
  );
  const { files, findings } = await checkBuildContext(root);
  expect(files).toBe((await checkBuildContext(packageRoot)).files);
  expect(findings.map(({ where }) => where)).toEqual([expect.stringContaining('package.json')]);
  expect(await readFile(join(packageRoot, 'package.json'), 'utf8')).toBe(before);
});

it('is the repository itself without a change', async () => {
  expect(await changedCheckout([], { packageRoot, folder: '/nowhere' })).toBe(packageRoot);
});
