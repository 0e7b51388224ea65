import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireCompleteContext } from '../../harness/runtime/build-context/require-complete-context.ts';
import { readBuildContext } from '../../harness/runtime/platform-image/build-context.ts';
import { buildImage } from '../../harness/runtime/platform-image/build-image.ts';
import { readNpmSettings } from '../../harness/runtime/platform-image/npm-settings.ts';
import type { Docker } from '../../harness/runtime/testcontainers/docker.ts';
import { inspect } from './docker.ts';

/** What the image must have been built from. */
export interface Release {
  revision: string;
  /** Seconds since 1970. */
  epoch: number;
  version: string;
}

/** The parts of `docker image inspect` that depend on the sources alone. */
export interface ImageContent {
  RootFS: { Layers: string[] };
  Config: {
    User: string;
    Labels: Record<string, string>;
    Healthcheck?: { Test: string[] };
    /** The image before the last step, which the classic builder makes anew. */
    Image?: string;
  };
  Size: number;
}

/**
 * Builds the image twice from files that git has, each time in another folder and without the engine's cache.
 * @returns both images, and how long the second build took, milliseconds
 */
export async function buildTwice(options: {
  docker: Docker;
  root: string;
  release: Release;
  /** Repository of the images. Their build stages are in `<name>-build`. */
  name: string;
  signal: AbortSignal;
}): Promise<{ images: [string, string]; contents: [ImageContent, ImageContent]; buildMs: number }> {
  const { root, release } = options;
  const folder = await mkdtemp(join(tmpdir(), 'prove-image-'));
  const npm = await readNpmSettings(process.env);
  const contents: ImageContent[] = [];
  let buildMs = 0;
  try {
    for (const tag of ['first', 'second']) {
      const context = join(folder, tag);
      await mkdir(context);
      execFileSync('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', release.revision, context], {
        cwd: root,
      });
      await requireCompleteContext(context);
      const build = {
        docker: options.docker,
        files: [...(await readBuildContext(context)), ...npm.files],
        labels: {},
        buildArguments: {
          ...npm.buildArguments,
          ...(process.env.NODE_IMAGE ? { NODE_IMAGE: process.env.NODE_IMAGE } : {}),
          REVISION: release.revision,
          VERSION: release.version,
          SOURCE_DATE_EPOCH: String(release.epoch),
          CREATED: new Date(release.epoch * 1_000).toISOString(),
        },
        hostNetwork: npm.needsHostNetwork,
        logFile: join(folder, `${tag}.log`),
        secrets: npm.secrets,
        signal: options.signal,
      };
      const startMs = performance.now();
      await buildImage({ ...build, image: `${options.name}:${tag}`, noCache: true });
      buildMs = performance.now() - startMs;
      // From the cache: gives the build stage a name, by which it can be removed.
      await buildImage({ ...build, image: `${options.name}-build:${tag}`, target: 'build' });
      contents.push(await inspect<ImageContent>('image', `${options.name}:${tag}`));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    images: [`${options.name}:first`, `${options.name}:second`],
    contents: contents as [ImageContent, ImageContent],
    buildMs,
  };
}
