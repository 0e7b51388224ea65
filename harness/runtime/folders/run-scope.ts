import { join } from 'node:path';
import { LogSecrets } from '../logs/log-secrets.ts';
import { NodeLog } from '../logs/node-log.ts';
import type { Redactor } from '../logs/redactor.ts';
import { ManagedProcess, type ProcessOptions } from '../process/managed-process.ts';
import { findDescendants, isRunning, type ProcessIdentity } from '../process/process-table.ts';
import { type Reaper, runIdVariable } from '../reaper/reaper.ts';
import type { VolatileFolder } from './volatile-folder.ts';

/** Maximum time for the remaining processes to stop, milliseconds. */
const closeGraceMs = 300;

export interface RunScopeOptions {
  runId: string;
  folder: VolatileFolder;
  /** Folder of the logs, one file per node. */
  logFolder: string;
  reaper: Reaper;
  /** The `PATH` of the run's processes. */
  searchPath: string;
}

/** Folder, logs and processes of one run. */
export class RunScope {
  readonly folder: VolatileFolder;
  /** Finds and redacts secrets in the logs. */
  readonly secrets = new LogSecrets();
  /** Environment of every process of the run; nothing else is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #reaper: Reaper;
  readonly #logFolder: string;
  readonly #logs = new Map<string, NodeLog>();
  readonly #processes = new Set<ManagedProcess>();
  #descendants: readonly ProcessIdentity[] = [];
  #closed = false;

  constructor(options: RunScopeOptions) {
    this.folder = options.folder;
    this.#reaper = options.reaper;
    this.#logFolder = options.logFolder;
    this.environment = {
      PATH: options.searchPath,
      TMPDIR: options.folder.tmp,
      HOME: options.folder.tmp,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      [runIdVariable]: options.runId,
    };
  }

  get redactor(): Redactor {
    return this.secrets.redactor;
  }

  /** The log of a node; created on first use. */
  log(node: string): NodeLog {
    let log = this.#logs.get(node);
    if (!log) {
      log = new NodeLog({ node, file: join(this.#logFolder, `${node}.log`), secrets: this.secrets });
      this.#logs.set(node, log);
    }
    return log;
  }

  /**
   * Starts a process whose output goes to the node's log. `env` extends the environment of the run.
   * @throws Error when the scope is closed, which ends a start that is still running.
   */
  spawn(node: string, options: Omit<ProcessOptions, 'log' | 'reaper'>): ManagedProcess {
    if (this.#closed) throw new Error('the run has ended');
    const child = new ManagedProcess({
      ...options,
      env: { ...this.environment, ...options.env },
      log: this.log(node),
      reaper: this.#reaper,
    });
    this.#processes.add(child);
    void child.exited.then(() => this.#processes.delete(child));
    return child;
  }

  /**
   * Registers the current child processes of the run's processes. Call it before stopping them: when its parent has
   * exited, a process can no longer be attributed.
   */
  noteDescendants(): void {
    // Stores end their child processes themselves.
    const roots = [...this.#processes].filter(({ stopSignal }) => stopSignal === 'SIGTERM');
    this.#descendants = findDescendants(roots.flatMap(({ pid }) => pid ?? []));
    for (const { pid } of this.#descendants) this.#reaper.trackProcess(pid);
  }

  /** Stops the remaining processes, prevents new ones, and writes the logs. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#processes].map((child) => child.stop({ signal: child.stopSignal, graceMs: closeGraceMs })),
    );
    for (const descendant of this.#descendants.filter(isRunning)) process.kill(descendant.pid, 'SIGKILL');
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
  }
}
