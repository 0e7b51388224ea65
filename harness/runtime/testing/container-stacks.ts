import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reaper, startReaper } from '../reaper/reaper.ts';
import type { BootEvent, BootedStack, Runtime, StackNode } from '../runtime.ts';
import { runLabel } from '../testcontainers/engine.ts';
import { createTestcontainersRuntime } from '../testcontainers/testcontainers-runtime.ts';
import type { ContractStacks } from './runtime-contract.ts';
import { contractNodes } from './runtime-contract-nodes.ts';
import { fakeServiceImage } from './test-image.ts';

/** Whether a container engine responds on this machine. */
export function engineResponds(): boolean {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      stdio: 'ignore',
      timeout: 10_000,
    });
    return true;
  } catch {
    return false;
  }
}

/** Whether the engine of this machine has an image; false without an engine. */
export function imageExists(image: string): boolean {
  try {
    execFileSync('docker', ['image', 'inspect', image], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Containers, networks and volumes of a run, as `docker` lists them. */
export function objectsOf(runId: string): string[] {
  const list = (...args: string[]) =>
    execFileSync('docker', [...args, '--filter', `label=${runLabel}=${runId}`], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  return [
    ...list('ps', '--all', '--format', 'container {{.Names}} {{.Status}}'),
    ...list('network', 'ls', '--format', 'network {{.Name}}'),
    ...list('volume', 'ls', '--format', 'volume {{.Name}}'),
  ];
}

/** A runtime on containers for fake stacks in a temporary folder. */
export class ContainerStacks implements ContractStacks {
  readonly folder: string;
  readonly runId: string;
  readonly #runtime: Runtime;
  readonly #reaper: Reaper;
  readonly #stacks: BootedStack[] = [];

  private constructor(folder: string, runId: string, create: typeof createTestcontainersRuntime) {
    this.folder = folder;
    this.runId = runId;
    this.#reaper = startReaper({ runId });
    this.#runtime = create({
      reaper: this.#reaper,
      searchPath: process.env.PATH ?? '',
      platformImage: ({ docker }) => fakeServiceImage(docker, contractNodes),
    });
  }

  /** @param runtime what boots the stacks; default: the container runtime */
  static async create(runtime = createTestcontainersRuntime): Promise<ContainerStacks> {
    const folder = await mkdtemp(join(tmpdir(), 'container-stack-'));
    return new ContainerStacks(folder, `test-${folder.slice(-6)}`, runtime);
  }

  async boot(
    nodes: readonly StackNode[],
    options: { bootTimeoutMs?: number; signal?: AbortSignal; onEvent?: (event: BootEvent) => void } = {},
  ): Promise<{ stack: BootedStack; events: BootEvent[] }> {
    const events: BootEvent[] = [];
    const stack = await this.#runtime.boot(
      { nodes, bootTimeoutMs: options.bootTimeoutMs ?? 60_000 },
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

  async leftovers(): Promise<readonly string[]> {
    return objectsOf(this.runId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stack of this.#stacks) await stack.stop();
    await this.#reaper[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
