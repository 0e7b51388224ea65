import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProcessRuntime } from '../process/process-runtime.ts';
import type { Programs } from '../programs/programs.ts';
import { type Reaper, startReaper } from '../reaper/reaper.ts';
import type { BootEvent, BootedStack, EdgeCondition, Runtime, StackNode } from '../runtime.ts';

const fakeService = fileURLToPath(new URL('./fake-service.mjs', import.meta.url));

/** Programs of a fake stack: every service is `fake-service.mjs`, and `job` is the file of the job. */
export function fakePrograms(options: { job?: string; migrationsDigest?: string } = {}): Programs {
  return {
    prepare: async (_nodes) => (node) => ({
      file: node === 'migrate' && options.job !== undefined ? options.job : fakeService,
    }),
    migrationsDigest: async () => options.migrationsDigest,
  };
}

/** A node of a fake stack. `behaviour` selects what `fake-service.mjs` does. */
export function fake(
  name: string,
  behaviour = 'ready',
  dependsOn: Record<string, EdgeCondition> = {},
  more: Partial<StackNode> = {},
): StackNode {
  return {
    name,
    kind: 'service',
    dependsOn,
    env: { FAKE: behaviour, SERVICE_NAME: name },
    startTimeoutMs: 10_000,
    ...more,
  };
}

export interface FakeStackOptions {
  programs?: Programs;
  /** Default: a new folder, removed on dispose. */
  cacheDir?: string;
}

/** A runtime for fake stacks in a temporary folder. Disposal stops and removes everything. */
export class FakeStacks implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly folder: string;
  readonly runId: string;
  readonly #reaper: Reaper;
  readonly #stacks: BootedStack[] = [];

  private constructor(folder: string, runId: string, reaper: Reaper, options: FakeStackOptions) {
    this.folder = folder;
    this.runId = runId;
    this.#reaper = reaper;
    this.runtime = createProcessRuntime({
      packageRoot: folder,
      cacheDir: options.cacheDir ?? join(folder, 'cache'),
      searchPath: process.env.PATH ?? '',
      reaper,
      programs: options.programs ?? fakePrograms(),
    });
  }

  static async create(options: FakeStackOptions = {}): Promise<FakeStacks> {
    const folder = await mkdtemp(join(tmpdir(), 'fake-stack-'));
    const runId = `test-${folder.slice(-6)}`;
    return new FakeStacks(folder, runId, startReaper({ runId }), options);
  }

  /** Boots the nodes. Disposal stops the stack. */
  async boot(
    nodes: readonly StackNode[],
    options: { bootTimeoutMs?: number; signal?: AbortSignal; onEvent?: (event: BootEvent) => void } = {},
  ): Promise<{ stack: BootedStack; events: BootEvent[] }> {
    const events: BootEvent[] = [];
    const stack = await this.runtime.boot(
      { nodes, bootTimeoutMs: options.bootTimeoutMs ?? 30_000 },
      {
        runId: this.runId,
        runDir: this.folder,
        signal: options.signal ?? new AbortController().signal,
        onEvent: (event) => {
          events.push(event);
          options.onEvent?.(event);
        },
      },
    );
    this.#stacks.push(stack);
    return { stack, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stack of this.#stacks) await stack.stop();
    await this.#reaper[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
