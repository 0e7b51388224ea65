import { join } from 'node:path';
import { NodeLog } from '../logs/node-log.ts';
import { Redactor } from '../logs/redactor.ts';
import { ManagedProcess, type ProcessOptions } from '../process/managed-process.ts';
import { findDescendants, isRunning, type ProcessIdentity } from '../process/process-table.ts';
import { type Reaper, runMark } from '../reaper/reaper.ts';
import type { VolatileFolder } from './volatile-folder.ts';

/** Time for what still runs at the very end, milliseconds. */
const closeGraceMs = 300;

export interface RunScopeOptions {
  runId: string;
  folder: VolatileFolder;
  /** Where the logs are kept, one file per node. */
  logFolder: string;
  reaper: Reaper;
  /** The `PATH` of the run's processes. */
  searchPath: string;
}

/** What belongs to one run and everything that starts processes for it needs. */
export class RunScope {
  readonly folder: VolatileFolder;
  readonly redactor = new Redactor();
  /** Environment that every process of the run has; nothing else is inherited. */
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
      [runMark]: options.runId,
    };
  }

  /** The log of a node; made at the first call. */
  log(node: string): NodeLog {
    let log = this.#logs.get(node);
    if (!log) {
      log = new NodeLog({ node, file: join(this.#logFolder, `${node}.log`), redactor: this.redactor });
      this.#logs.set(node, log);
    }
    return log;
  }

  /**
   * Starts a process whose output goes to the node's log. `env` is added to the environment of the run.
   * @throws Error once the scope is closed: whoever was still under way then has to end.
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
   * Registers what the run's processes have started by themselves by now. Call it before stopping them: once its
   * parent has gone, nothing tells whose a process was.
   */
  noteDescendants(): void {
    // What a store starts is its own to end.
    const roots = [...this.#processes].filter(({ stopSignal }) => stopSignal === 'SIGTERM');
    this.#descendants = findDescendants(roots.flatMap(({ pid }) => pid ?? []));
    for (const { pid } of this.#descendants) this.#reaper.trackProcess(pid);
  }

  /** Ends whatever still runs, writes the logs out, and lets nothing new start. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#processes].map((child) => child.stop({ signal: child.stopSignal, graceMs: closeGraceMs })),
    );
    for (const descendant of this.#descendants.filter(isRunning)) process.kill(descendant.pid, 'SIGKILL');
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
  }
}
