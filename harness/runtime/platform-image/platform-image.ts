import { join } from 'node:path';
import { withSetupLock } from '../../cli/setup/setup-lock.mjs';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { Docker } from '../testcontainers/docker.ts';
import type { Engine } from '../testcontainers/engine.ts';
import { imageVariables, provideImage } from '../testcontainers/images.ts';
import { type ContextFile, digestContext, readBuildContext } from './build-context.ts';
import { BuildFailure, buildImage } from './build-image.ts';
import type { NpmSettings } from './npm-settings.ts';

/** Repository of the images that the harness builds; the tag is the digest of their sources. */
const platformImageName = 'pyairtable-readiness';
/** The build stage of each image, kept so that the next build finds its layers in the cache. */
const stageOf = (name: string): string => `${name}-build`;
/** Label of both; its value is the digest. */
const imageLabel = 'pyairtable-readiness.source';
/** Part of the digest: increase it when images must be built again for another reason than their sources. */
const format = 'platform-image/1';
/** Number of the latest images that are kept. */
const keptImages = 3;

export interface PlatformImageOptions {
  engine: Engine;
  /** Folder with the Dockerfile and everything that it copies. */
  packageRoot: string;
  /** Folder for the lock between runs. */
  cacheDir: string;
  /** The base image; default: the one that the Dockerfile names. */
  nodeImage: string | undefined;
  /**
   * Called before the image is built, and when the files of its context cannot be read.
   * @throws ReadinessError when the context is incomplete
   */
  checkContext(): Promise<void>;
  /** Called only when the image must be built. */
  npm(): Promise<NpmSettings>;
  /** Folder of the run's logs; `image-build.log` in it has the engine's output. */
  logFolder: string;
  signal: AbortSignal;
  /** Repository of the image; default: `pyairtable-readiness`. */
  name?: string;
}

/**
 * The image of the services and the migration job, built from the sources in `packageRoot`: once for the same sources
 * and base image, also when several runs start at the same time.
 * @throws ReadinessError (exit code 4) when it cannot be built, with the last lines of the build
 */
export async function buildPlatformImage(options: PlatformImageOptions): Promise<string> {
  const { engine, packageRoot, name = platformImageName } = options;
  const files = await readBuildContext(packageRoot).catch(async (error: unknown) => {
    await options.checkContext();
    throw error;
  });
  const base = options.nodeImage ?? defaultBase(files);
  await provideImage(engine, base, imageVariables.node);
  const { Id } = await engine.docker.getImage(base).inspect();
  const digest = digestContext(files, [format, Id]).slice(0, 16);
  const image = `${name}:${digest}`;
  if (await exists(engine.docker, image)) return image;
  await withSetupLock(
    join(options.cacheDir, 'platform-image.lock'),
    { onWait: () => undefined },
    async () => {
      if (await exists(engine.docker, image)) return;
      await options.checkContext();
      options.signal.throwIfAborted();
      await build(options, { files, base, name, digest });
      await removeOldImages(engine.docker, { name, digest });
    },
  );
  return image;
}

async function build(
  options: PlatformImageOptions,
  {
    files,
    base,
    name,
    digest,
  }: { files: readonly ContextFile[]; base: string; name: string; digest: string },
): Promise<void> {
  const npm = await options.npm();
  const logFile = join(options.logFolder, 'image-build.log');
  const common = {
    docker: options.engine.docker,
    files: [...files, ...npm.files],
    labels: { [imageLabel]: digest },
    buildArguments: { ...npm.buildArguments, NODE_IMAGE: base, VERSION: versionOf(files) },
    hostNetwork: npm.needsHostNetwork,
    logFile,
    secrets: npm.secrets,
    signal: options.signal,
  };
  try {
    await buildImage({ ...common, image: `${stageOf(name)}:${digest}`, target: 'build' });
    await buildImage({ ...common, image: `${name}:${digest}` });
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    throw new ReadinessError(
      'image-not-built',
      `The image of the platform could not be built: ${error.message}\n${error.lastLines.map((line) => `  ${line}\n`).join('')}`,
      { hint: `Read ${logFile}, or name an image that is built: ${imageVariables.platform}=<image>` },
    );
  }
}

/** Keeps the latest images of both names. An image that a container uses stays. */
async function removeOldImages(
  docker: Docker,
  { name, digest }: { name: string; digest: string },
): Promise<void> {
  const images = await docker.listImages({ filters: { label: [imageLabel] } });
  for (const repository of [name, stageOf(name)]) {
    const tags = images
      .sort((left, right) => right.Created - left.Created)
      .flatMap(({ RepoTags }) => RepoTags ?? [])
      .filter((tag) => tag.startsWith(`${repository}:`) && tag !== `${repository}:${digest}`);
    for (const tag of tags.slice(keptImages - 1))
      await docker
        .getImage(tag)
        .remove()
        .catch(() => undefined);
  }
}

function exists(docker: Docker, image: string): Promise<boolean> {
  return docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

function defaultBase(files: readonly ContextFile[]): string {
  const base = /^ARG NODE_IMAGE=(\S+)$/m.exec(textOf(files, 'Dockerfile'))?.[1];
  if (base === undefined) throw new Error('The Dockerfile has no default for NODE_IMAGE.');
  return base;
}

function versionOf(files: readonly ContextFile[]): string {
  return (JSON.parse(textOf(files, 'package.json')) as { version: string }).version;
}

function textOf(files: readonly ContextFile[], name: string): string {
  const file = files.find((one) => one.name === name);
  if (!file) throw new Error(`The build context has no ${name}.`);
  return file.content.toString('utf8');
}
