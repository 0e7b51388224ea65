import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { startReaper } from '../../harness/runtime/reaper/reaper.ts';
import { connectEngine } from '../../harness/runtime/testcontainers/engine.ts';
import { buildTwice, type Release } from './build-twice.ts';
import { checkSbom } from './check-sbom.ts';
import { docker } from './docker.ts';
import {
  findWeaknesses,
  startImage,
  stopLimitSeconds,
  stopServices,
  waitUntilHealthy,
} from './running-image.ts';

/**
 * Proves the platform's image: `npm run prove:image`. Builds it twice from the committed files, compares both, reads
 * labels and SBOM, starts both stores, the migrations and all ten services from it, waits until the engine calls them
 * healthy, and stops them. Needs a container engine with the base images, or a registry. Leaves nothing in the engine.
 * Exit code 1 with every problem.
 */
const root = resolve(import.meta.dirname, '../..');
const run = `image-${randomBytes(4).toString('hex')}`;
const name = `pyairtable-readiness-${run}`;
const problems: string[] = [];
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const expectation = (holds: boolean, problem: string): void => {
  if (!holds) problems.push(problem);
};

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const release: Release = {
  revision: git('rev-parse', 'HEAD'),
  epoch: Number(git('log', '-1', '--format=%ct')),
  version: manifest.version,
};
await using reaper = startReaper({ runId: run });
const engine = await connectEngine({ runId: run, reaper });
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));

try {
  await prove();
} catch (error) {
  problems.push((error as Error).message);
} finally {
  await engine.removeAll();
  await removeImages();
}
for (const problem of problems) console.error(`FAILED  ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log('The image is as it must be.');

async function prove(): Promise<void> {
  const { images, contents, buildMs } = await buildTwice({
    docker: engine.docker,
    root,
    release,
    name,
    signal: interrupted.signal,
  });
  const [first, second] = contents;
  expectation(
    isDeepStrictEqual(first.RootFS, second.RootFS) &&
      isDeepStrictEqual({ ...first.Config, Image: '' }, { ...second.Config, Image: '' }),
    `Two builds of ${release.revision} differ: ${first.RootFS.Layers.at(-1)} and ${second.RootFS.Layers.at(-1)}.`,
  );
  console.log(
    `built twice without cache, ${Math.round(buildMs / 1_000)} s, ${Math.round(second.Size / 1e6)} MB`,
  );
  for (const layer of second.RootFS.Layers) console.log(`  layer ${layer}`);

  const { Labels, User, Healthcheck } = second.Config;
  const expected = {
    'org.opencontainers.image.revision': release.revision,
    'org.opencontainers.image.version': release.version,
    'org.opencontainers.image.created': new Date(release.epoch * 1_000).toISOString(),
    'pyairtable.readiness.sbom': '/app/sbom.cdx.json',
  };
  for (const [label, value] of Object.entries(expected))
    expectation(Labels[label] === value, `The label ${label} is ${Labels[label]} instead of ${value}.`);
  for (const label of ['title', 'description', 'source'])
    expectation(Boolean(Labels[`org.opencontainers.image.${label}`]), `The label ${label} is missing.`);
  expectation(User === '10001:10001', `The image runs as ${User || 'root'}.`);
  expectation(Healthcheck?.Test[0] === 'CMD', 'The image has no health check without a shell.');
  const sbom = await docker('run', '--rm', '--network', 'none', images[1], 'cat', '/app/sbom.cdx.json');
  problems.push(...checkSbom(sbom, await readFile(join(root, 'package-lock.json'), 'utf8')));
  console.log('labels, user, health check and SBOM read');

  const startMs = performance.now();
  const running = await startImage({ image: images[1], run, labels: engine.labels });
  await waitUntilHealthy(running);
  console.log(
    `${running.services.length} services healthy after ${Math.round((performance.now() - startMs) / 1_000)} s`,
  );
  problems.push(...(await findWeaknesses(running)));
  for (const { service, code, ms } of await stopServices(running)) {
    expectation(
      code === 0,
      `${service} ended with code ${code} after SIGTERM (limit ${stopLimitSeconds} s).`,
    );
    console.log(`  ${service} ended with code ${code} after ${Math.round(ms)} ms`);
  }
}

/** The images of this proof and their build stages. */
async function removeImages(): Promise<void> {
  for (const repository of [name, `${name}-build`])
    for (const tag of ['first', 'second']) await docker('rmi', `${repository}:${tag}`).catch(() => undefined);
}
