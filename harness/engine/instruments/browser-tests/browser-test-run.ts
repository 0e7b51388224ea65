import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { childNodeOptions } from '../../../child-node-options.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { StackAddresses } from '../../stack.ts';
import type { RequestWatch } from '../http/request-watch.ts';
import { type BrowserTestResult, parseResultLine } from './browser-test.ts';

export interface BrowserTestRunOptions {
  stack: Pick<StackAddresses, 'services'>;
  /** Folder for profiles, traces and videos; removed at the end of the run. */
  tmpDir: string;
  /** Chromium or Chrome to use instead of Playwright's own download. */
  executablePath?: string;
  /** Ids of the checks of this run; the program starts once for all of them. Others start it for themselves. */
  planned: readonly string[];
  /** Path of the services' logs with `{service}`. */
  logs?: string;
  /** Environment variables that mark every process of the run. */
  env: Readonly<Record<string, string>>;
  /** See `CheckContext.patience`. */
  patience: number;
  trackProcess(pid: number): void;
  requestWatch?: Pick<RequestWatch, 'registering'>;
}

/** How long the program may take to end, milliseconds. */
const stopLimitMs = 5_000;
/** Lines of output kept for the message when the program fails. */
const keptLines = 30;

/** Runs the browser tests of `e2e/` with Playwright Test: once for all checks, when the first of them asks. */
export class BrowserTestRun implements AsyncDisposable {
  readonly #options: BrowserTestRunOptions;
  readonly #results = new Map<string, PromiseWithResolvers<BrowserTestResult>>();
  readonly #children = new Set<ChildProcess>();
  readonly #passwords = new Set<string>();
  #programs = 0;

  constructor(options: BrowserTestRunOptions) {
    this.#options = options;
  }

  /** Passwords of the accounts that the tests have registered so far. Traces and errors may contain them. */
  get passwords(): readonly string[] {
    return [...this.#passwords];
  }

  /**
   * Waits for the test with the tag of a check.
   * @throws MissingCapability without Playwright Test. @throws Error when the program ends without the result
   */
  resultOf(check: string): Promise<BrowserTestResult> {
    if (!this.#results.has(check)) {
      const { planned } = this.#options;
      const first = this.#programs === 0 && planned.includes(check);
      this.#start(first ? planned : [check]);
    }
    return (this.#results.get(check) as PromiseWithResolvers<BrowserTestResult>).promise;
  }

  #start(checks: readonly string[]): void {
    for (const check of checks) {
      const result = Promise.withResolvers<BrowserTestResult>();
      // A check that nobody waits for any more must not end the process.
      result.promise.catch(() => undefined);
      this.#results.set(check, result);
    }
    this.#programs += 1;
    this.#run(checks, this.#programs).then(
      (output) => this.#reject(checks, new Error(`The browser tests ended without this result.\n${output}`)),
      (error) => this.#reject(checks, error),
    );
  }

  /** Results that have arrived stay as they are. */
  #reject(checks: readonly string[], error: unknown): void {
    for (const check of checks) this.#results.get(check)?.reject(error);
  }

  /** Runs the program until it exits. @returns the end of its output */
  async #run(checks: readonly string[], number: number): Promise<string> {
    const { tmpDir, stack, logs, env, executablePath, patience } = this.#options;
    const program = playwrightTest();
    // Chromium makes a socket below it, and the path of a socket has at most 108 characters.
    const home = join(tmpDir, `e${number}`);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const stackFile = join(home, 'stack.json');
    const { frontend, gateway } = stack.services;
    await writeFile(stackFile, JSON.stringify({ services: { frontend, gateway }, logs, reported: true }));
    // A dot of an id stands for itself, and no id may match a longer one.
    const tags = checks.map((id) => `@${id.replaceAll('.', '\\.')}(?![\\w.-])`);
    const child = spawn(
      process.execPath,
      [...childNodeOptions(process.execArgv), program, 'test', '--config', config, '--grep', tags.join('|')],
      {
        cwd: dirname(config),
        env: {
          PATH: process.env.PATH,
          ...env,
          ...(executablePath ? { READINESS_CHROMIUM: executablePath } : {}),
          ...(process.env.PLAYWRIGHT_BROWSERS_PATH
            ? { PLAYWRIGHT_BROWSERS_PATH: process.env.PLAYWRIGHT_BROWSERS_PATH }
            : {}),
          HARNESS_STACK: stackFile,
          E2E_OUTPUT: home,
          E2E_PATIENCE: String(patience),
          TMPDIR: home,
          HOME: home,
          NO_COLOR: '1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    if (child.pid !== undefined) this.#options.trackProcess(child.pid);
    this.#children.add(child);
    const output: string[] = [];
    const keep = (line: string): void => {
      output.push(line);
      if (output.length > keptLines) output.shift();
    };
    createInterface({ input: child.stderr }).on('line', keep);
    createInterface({ input: child.stdout }).on('line', (line) => this.#read(line, keep));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('error', reject).once('close', () => resolve());
    await promise.finally(() => this.#children.delete(child));
    return output.join('\n');
  }

  #read(line: string, keep: (line: string) => void): void {
    const report = parseResultLine(line);
    if (report?.type === 'result')
      for (const tag of report.tags) this.#results.get(tag.replace(/^@/, ''))?.resolve(report);
    else if (report?.type === 'account') {
      const { email, password } = report;
      this.#passwords.add(password);
      this.#options.requestWatch?.registering({ email, password });
    } else keep(report?.type === 'error' ? report.message : line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map(stop));
  }
}

const config = fileURLToPath(new URL('../../../../playwright.config.ts', import.meta.url));

/** The program of Playwright Test. @throws MissingCapability when it is not installed */
function playwrightTest(): string {
  try {
    return createRequire(import.meta.url).resolve('@playwright/test/cli');
  } catch {
    throw new MissingCapability('browser', 'Playwright Test is not installed: npm ci');
  }
}

/** Interrupts the program, which then closes its browser, and kills it when it has not ended in time. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('close', () => resolve());
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await promise.finally(() => clearTimeout(timer));
}
