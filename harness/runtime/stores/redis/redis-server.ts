import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import type { StartContext } from '../../boot/boot-graph.ts';
import type { RunScope } from '../../folders/run-scope.ts';
import type { ManagedProcess } from '../../process/managed-process.ts';
import type { RunningNode } from '../../stack/running-stack.ts';
import { waitForStore } from '../wait-for-store.ts';

export interface RedisServerOptions {
  scope: RunScope;
  node: string;
  /** Folder of its configuration and data. */
  folder: string;
  /** Lines of its configuration file at the first start. Sentinels change the file later. */
  configuration: readonly string[];
  /** Whether it is a Sentinel. */
  sentinel?: boolean;
  /** Queries the server once and describes it. @throws Error while it is not ready */
  query(signal: AbortSignal): Promise<string>;
}

/** A process of `redis-server`: a primary, a replica or a Sentinel. */
export class RedisServer implements RunningNode {
  readonly #options: RedisServerOptions;
  #process: ManagedProcess | undefined;

  constructor(options: RedisServerOptions) {
    this.#options = options;
  }

  /**
   * Starts `redis-server` from the PATH and waits until it responds as it should.
   * @param spawned called when the process exists
   * @throws ReadinessError (exit code 4) when redis-server is not installed; NodeFailure (the harness's) when it exits
   */
  async start(
    context: Pick<StartContext, 'signal' | 'probed'>,
    spawned: () => void = () => undefined,
  ): Promise<void> {
    const { scope, node, folder, sentinel, query } = this.#options;
    const file = join(folder, 'redis.conf');
    await mkdir(folder, { mode: 0o700, recursive: true });
    // In a file, because every user of the machine can read arguments.
    const text = this.#options.configuration.map((line) => `${line}\n`).join('');
    await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const server = scope.spawn(node, {
      command: 'redis-server',
      args: [file, ...(sentinel ? ['--sentinel'] : [])],
      cwd: folder,
    });
    this.#process = server;
    spawned();
    const description = await waitForStore({
      server,
      name: sentinel ? 'Sentinel' : 'Redis',
      signal: context.signal,
      query,
      probed: context.probed,
      explainExit: ({ error }) =>
        (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
          ? new ReadinessError(
              'redis-missing',
              'redis-server is not on the PATH, and the platform cannot run without Redis.',
            )
          : undefined,
    });
    context.probed(description);
  }

  /** The latest process; call it after `start`. */
  process(): ManagedProcess {
    if (!this.#process) throw new Error(`${this.#options.node} was not started`);
    return this.#process;
  }

  async stop({ graceMs }: { graceMs: number }): Promise<void> {
    await this.process().stop({ signal: 'SIGTERM', graceMs });
  }

  readonly restart = {
    // It writes its data to its file before it exits.
    stop: ({ graceMs }: { graceMs: number }) => this.process().stop({ signal: 'SIGTERM', graceMs }),
    start: (context: Pick<StartContext, 'signal' | 'probed'>) => this.start(context),
  };
}
