import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCode } from '../../errors/exit-code.ts';
import { startReaper } from '../reaper/reaper.ts';
import { connectEngine, type Engine } from '../testcontainers/engine.ts';
import { imageExists } from '../testing/container-stacks.ts';
import { npmSettings } from './npm-settings.ts';
import { buildPlatformImage } from './platform-image.ts';

const base = 'node:24-bookworm-slim';

/** A Dockerfile with the stages of the real one, which records what its build stage sees. */
const dockerfile = `ARG NODE_IMAGE=${base}
FROM \${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json .npmr[c]* ./
RUN node -e "require('fs').mkdirSync('/image'); require('fs').writeFileSync('/image/seen', [require('fs').existsSync('.npmrc'), process.env.HTTPS_PROXY !== undefined, process.env.FAIL].join())"
FROM \${NODE_IMAGE}
ARG VERSION
COPY --from=build /image/ /
LABEL version="\${VERSION}"
`;

describe.runIf(imageExists(base))('with a container engine and a base image', () => {
  const name = `pyairtable-readiness-test-${randomBytes(4).toString('hex')}`;
  const runId = `test-image-${process.pid}`;
  const secret = `secret${randomBytes(8).toString('hex')}`;
  const reaper = startReaper({ runId });
  let root: string;
  let engine: Engine;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'platform-image-'));
    await writeFile(join(root, '.dockerignore'), '*\n!package.json\n');
    await writeFile(join(root, 'Dockerfile'), dockerfile);
    engine = await connectEngine({ runId, reaper });
  });
  afterAll(async () => {
    for (const tag of tags(name).concat(tags(`${name}-build`)))
      execFileSync('docker', ['rmi', tag], { stdio: 'ignore' });
    await reaper[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  async function build(version: string): Promise<{ image: string; asked: number }> {
    let asked = 0;
    await writeFile(join(root, 'package.json'), JSON.stringify({ version }));
    const image = await buildPlatformImage({
      engine,
      packageRoot: root,
      cacheDir: root,
      name,
      nodeImage: undefined,
      checkContext: async () => undefined,
      npm: async () => {
        asked += 1;
        return npmSettings(
          { registry: 'https://npm.example.com/', 'https-proxy': `http://ada:${secret}@proxy.example.com` },
          { environment: {}, ca: Buffer.from(secret) },
        );
      },
      logFolder: root,
      signal: new AbortController().signal,
    });
    return { image, asked };
  }

  test('builds once for the same sources, also when two runs start at the same time', async () => {
    const [first, second] = await Promise.all([build('1.0.0'), build('1.0.0')]);
    expect(first.image).toBe(second.image);
    expect(first.asked + second.asked).toBe(1);
    expect(await build('1.0.0')).toEqual({ image: first.image, asked: 0 });
  });

  test('gives npm its settings and leaves no trace of them in the image, its history or the log', async () => {
    const { image } = await build('1.0.0');
    expect(execFileSync('docker', ['run', '--rm', image, 'cat', '/seen'], { encoding: 'utf8' })).toBe(
      'true,true,',
    );
    const files = execFileSync('docker', ['run', '--rm', image, 'find', '/', '-xdev', '-name', '.npmrc*'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const described = [
      execFileSync('docker', ['inspect', image], { encoding: 'utf8' }),
      execFileSync('docker', ['history', '--no-trunc', image], { encoding: 'utf8' }),
      await readFile(join(root, 'image-build.log'), 'utf8'),
    ].join('\n');
    expect(files).not.toContain('.npmrc');
    for (const text of [secret, 'proxy.example.com', 'npm.example.com'])
      expect(described).not.toContain(text);
  });

  test('keeps the latest three images', async () => {
    const images: string[] = [];
    for (const version of ['2.0.0', '3.0.0', '4.0.0']) images.push((await build(version)).image);
    expect(tags(name)).toContain(images.at(-1));
    expect(tags(name)).toHaveLength(3);
    expect(tags(`${name}-build`)).toHaveLength(3);
  });

  test('shows the last lines of a failed build and names its log', async () => {
    await writeFile(
      join(root, 'Dockerfile'),
      dockerfile.replace('RUN node', 'RUN echo "npm error 404 no such package" >&2; exit 7; node'),
    );
    await expect(build('6.0.0')).rejects.toMatchObject({
      code: 'image-not-built',
      exitCode: exitCode.harness,
      message: expect.stringMatching(/non-zero code: 7[\s\S]*npm error 404 no such package/),
      hint: expect.stringContaining(join(root, 'image-build.log')),
    });
  });
});

function tags(repository: string): string[] {
  return execFileSync('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', repository], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter(Boolean);
}
