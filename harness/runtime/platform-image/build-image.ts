import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { Docker } from '../testcontainers/docker.ts';
import { type ContextFile, packContext } from './build-context.ts';

export interface ImageBuild {
  docker: Docker;
  files: readonly ContextFile[];
  /** Name and tag of the new image. */
  image: string;
  /** Stage of the Dockerfile; default: the last one. */
  target?: string;
  labels: Readonly<Record<string, string>>;
  buildArguments: Readonly<Record<string, string>>;
  hostNetwork: boolean;
  /** File to which the engine's output is appended. */
  logFile: string;
  /** Values that must not be in the log. */
  secrets: readonly string[];
  /** Whether every step runs again; default: false. */
  noCache?: boolean;
  signal: AbortSignal;
}

/** A build that failed, with the engine's error and the last lines of its output. */
export class BuildFailure extends Error {
  readonly lastLines: readonly string[];

  constructor(message: string, lastLines: readonly string[]) {
    super(message);
    this.name = 'BuildFailure';
    this.lastLines = lastLines;
  }
}

/** Output lines of a failed build that its error carries. */
const failureLines = 15;

/**
 * Builds an image through the engine's cache.
 *
 * With the engine's classic builder, which every engine has: BuildKit needs a session of the `buildx` program. When this
 * process ends, the engine stops the build and removes its container.
 * @throws BuildFailure
 */
export async function buildImage(build: ImageBuild): Promise<void> {
  const log = createWriteStream(build.logFile, { flags: 'a' });
  // A full disk must not end the harness; the last lines still reach the error.
  log.on('error', () => {});
  const last: string[] = [];
  const note = (text: string): void => {
    const hidden = build.secrets.reduce((line, secret) => line.replaceAll(secret, '[redacted]'), text);
    log.write(hidden);
    for (const line of hidden.split('\n')) if (line.trim() !== '') last.push(line);
    last.splice(0, last.length - failureLines);
  };
  try {
    const output = await build.docker.buildImage(await packContext(build.files), {
      t: build.image,
      ...(build.target === undefined ? {} : { target: build.target }),
      labels: { ...build.labels },
      buildargs: { ...build.buildArguments },
      ...(build.hostNetwork ? { networkmode: 'host' } : {}),
      ...(build.noCache ? { nocache: true } : {}),
      rm: true,
      forcerm: true,
      abortSignal: build.signal,
    });
    let failure: string | undefined;
    for await (const line of createInterface({ input: output })) {
      if (line.trim() === '') continue;
      const event = JSON.parse(line) as { stream?: string; status?: string; error?: string };
      if (event.stream !== undefined) note(event.stream);
      if (event.status !== undefined) note(`${event.status}\n`);
      if (event.error !== undefined) failure = event.error;
    }
    build.signal.throwIfAborted();
    if (failure !== undefined) {
      note(`${failure}\n`);
      throw new BuildFailure(failure, last.slice(0, -1));
    }
  } catch (error) {
    build.signal.throwIfAborted();
    if (error instanceof BuildFailure) throw error;
    throw new BuildFailure((error as Error).message, last);
  } finally {
    log.end();
    await finished(log).catch(() => undefined);
  }
}
