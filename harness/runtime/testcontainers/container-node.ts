import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { waitAtMost } from '../../async/time-limit.ts';
import type { NodeLog } from '../logs/node-log.ts';
import type { ProcessExit } from '../process/managed-process.ts';
import type { Docker, DockerContainer } from './docker.ts';

/** Pause before the engine is asked again after it failed to report an exit, milliseconds. */
const retryMs = 200;
/** Maximum time from SIGKILL to the end of the output, milliseconds. */
const outputMs = 2_000;

/** A container of a run: its output in the log from the first byte, its exit, and its end. */
export class ContainerNode {
  readonly #docker: Docker;
  readonly #container: DockerContainer;
  readonly #log: NodeLog;
  /** Resolves when the container has exited and all of its output is in the log; never rejects. */
  readonly exited: Promise<ProcessExit>;
  #exit: ProcessExit | undefined;
  #removed = false;

  private constructor(docker: Docker, container: DockerContainer, output: Readable, log: NodeLog) {
    this.#docker = docker;
    this.#container = container;
    this.#log = log;
    const ended = copyOutput(docker, output, log);
    this.exited = ended.then(async () => {
      const exit = await this.#waitForExit();
      this.#exit = exit;
      return exit;
    });
  }

  /** Attaches to a container that was created and has not started, so that nothing of its output is lost. */
  static async attach(docker: Docker, id: string, log: NodeLog): Promise<ContainerNode> {
    const container = docker.getContainer(id);
    const output = await container.attach({ stream: true, stdout: true, stderr: true });
    return new ContainerNode(docker, container, output as unknown as Readable, log);
  }

  /** How the container exited; undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Id of the main process on the engine's machine; undefined when the container does not run. */
  async processId(): Promise<number | undefined> {
    const { State } = (await this.#container.inspect().catch(() => undefined)) ?? {};
    return State?.Running ? State.Pid : undefined;
  }

  /**
   * Sends a signal, default the stop signal of the image, after `graceMs` milliseconds `SIGKILL`. The container and its
   * volumes stay.
   */
  async end(options: { graceMs: number; signal?: 'SIGKILL' }): Promise<ProcessExit> {
    if (!this.#exit) {
      await this.signal(options.signal ?? (await this.#stopSignal()));
      await waitAtMost(options.graceMs, this.exited);
      if (!this.#exit) await this.signal('SIGKILL');
    }
    return await this.exited;
  }

  /** Starts the container again after its end. @throws Error of the engine */
  async startAgain(): Promise<ContainerNode> {
    const next = await ContainerNode.attach(this.#docker, this.#container.id, this.#log);
    await this.#container.start();
    return next;
  }

  /** The published port of 127.0.0.1 for a port of the container; the engine may choose another one at each start. */
  async publishedPort(port: number): Promise<number> {
    const { NetworkSettings } = await this.#container.inspect();
    const found = NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort;
    if (found === undefined) throw new Error(`port ${port} is not published`);
    return Number(found);
  }

  async #stopSignal(): Promise<string> {
    const { Config } = await this.#container.inspect();
    return (Config as { StopSignal?: string }).StopSignal ?? 'SIGTERM';
  }

  /** Sends `SIGTERM`, after `graceMs` milliseconds `SIGKILL`, waits for the rest of the output, and removes the container. */
  async stop(options: { graceMs: number }): Promise<void> {
    if (!this.#exit) {
      await this.signal('SIGTERM');
      await waitAtMost(options.graceMs, this.exited);
      if (!this.#exit) {
        await this.signal('SIGKILL');
        // A container that was created but not started exits only when it is removed.
        await waitAtMost(outputMs, this.exited);
      }
    }
    await this.#remove();
  }

  async #remove(): Promise<void> {
    if (this.#removed) return;
    this.#removed = true;
    // What cannot be removed here is removed by its label at the end of the run.
    await this.#container.remove({ force: true, v: true }).catch(() => undefined);
  }

  /** Sends a signal to the main process. Does nothing when it has exited. */
  async signal(signal: string): Promise<void> {
    // It fails when the container has exited meanwhile, or was created but not started.
    await this.#container.kill({ signal }).catch(() => undefined);
  }

  async #waitForExit(): Promise<ProcessExit> {
    for (;;) {
      try {
        const { StatusCode } = (await this.#container.wait({ condition: 'not-running' })) as {
          StatusCode: number;
        };
        return { ...exitOf(StatusCode), atMs: performance.now() };
      } catch (error) {
        const { statusCode } = error as { statusCode?: number };
        const atMs = performance.now();
        if (statusCode === 404) return { code: null, signal: null, atMs, error: new Error('it was removed') };
        if (statusCode === undefined && isEngineGone(error))
          return { code: null, signal: null, atMs, error: new Error('the container engine has stopped') };
        await delay(retryMs);
      }
    }
  }
}

/** A shell's and the engine's convention: 128 plus the number of the signal that ended the program. */
export function exitOf(status: number): Pick<ProcessExit, 'code' | 'signal'> {
  const signal = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return signal === undefined
    ? { code: status, signal: null }
    : { code: null, signal: signal as NodeJS.Signals };
}

function isEngineGone(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Resolves at the end of the output, which is the end of the container's main process. */
function copyOutput(docker: Docker, output: Readable, log: NodeLog): Promise<void> {
  const streams: Record<'stdout' | 'stderr', Writable> = {
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  };
  for (const [name, stream] of Object.entries(streams) as ['stdout' | 'stderr', PassThrough][]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => log.write(name, chunk));
  }
  docker.modem.demuxStream(output, streams.stdout, streams.stderr);
  return new Promise((resolve) => {
    const end = async (): Promise<void> => {
      await Promise.all(
        Object.values(streams).map(
          (stream) =>
            new Promise<void>((done) => {
              (stream as PassThrough).once('end', done);
              stream.end();
            }),
        ),
      );
      log.end('stdout');
      log.end('stderr');
      resolve();
    };
    output.once('close', () => void end());
    output.once('error', () => output.destroy());
    output.once('end', () => output.destroy());
  });
}
