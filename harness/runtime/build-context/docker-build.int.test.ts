import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { engineResponds } from '../testing/container-stacks.ts';
import { SmallRepository } from '../testing/small-repository.ts';
import { readBuildContext } from './build-context.ts';
import { findDockerfileSources } from './dockerfile-sources.ts';
import { findPackageSources } from './package-sources.ts';

const base = 'node:24-bookworm-slim';
const label = `pyairtable-readiness.test=${randomBytes(6).toString('hex')}`;
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' });
const hasBase = (): boolean =>
  engineResponds() && spawnSync('docker', ['image', 'inspect', base], { stdio: 'ignore' }).status === 0;

/** Builds an image and returns what `docker build` prints. */
function build(root: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('docker', ['build', '--no-cache', '--force-rm', root], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe.runIf(hasBase())('a dependency outside of the build context', () => {
  afterAll(() => {
    // The images of completed steps remain. They are listed from the last to the first.
    const images = docker('image', 'ls', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`);
    for (const image of new Set(images.split('\n').filter(Boolean)))
      spawnSync('docker', ['rmi', image], { stdio: 'ignore' });
  });

  test('passes `npm ci` and fails later, far from its cause; the check names the cause', async () => {
    await using repository = await SmallRepository.create({
      'package.json': JSON.stringify({ dependencies: { 'pyairtable-common': 'file:../pyairtable-common' } }),
      'package-lock.json': JSON.stringify({
        lockfileVersion: 3,
        packages: {
          '': { dependencies: { 'pyairtable-common': 'file:../pyairtable-common' } },
          '../pyairtable-common': { version: '1.0.0' },
          'node_modules/pyairtable-common': { resolved: '../pyairtable-common', link: true },
        },
      }),
      'main.mjs': "import 'pyairtable-common';",
      // The first steps of the platform's image.
      Dockerfile: `FROM ${base}
LABEL ${label}
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --offline
COPY . .
RUN node main.mjs
`,
    });
    await mkdir(join(repository.root, '../pyairtable-common'));
    await writeFile(join(repository.root, '../pyairtable-common/package.json'), '{"version": "1.0.0"}');

    const { status, output } = build(repository.root);
    expect(status).not.toBe(0);
    expect(output).toContain('added 1 package');
    expect(output).toContain("Cannot find package 'pyairtable-common' imported from /app/main.mjs");
    expect(output).not.toContain('../pyairtable-common');

    const [finding] = findPackageSources(await readBuildContext(repository.root));
    expect(finding?.what).toBe(
      'npm takes a package from file:../pyairtable-common, which is outside of the build context.',
    );
  });

  test('cannot be copied into the image', async () => {
    await using repository = await SmallRepository.create({
      Dockerfile: `FROM ${base}\nLABEL ${label}\nCOPY ../pyairtable-common /app/\n`,
    });
    const { status, output } = build(repository.root);
    expect(status).not.toBe(0);
    // BuildKit looks for the path below the context instead.
    expect(output).toMatch(/forbidden path outside the build context|"\/pyairtable-common": not found/);
    expect(findDockerfileSources(await readBuildContext(repository.root))).toMatchObject([
      { where: 'Dockerfile:3' },
    ]);
  });
});
