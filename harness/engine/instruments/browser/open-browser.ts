import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { childNodeOptions } from '../../../child-node-options.ts';

/** Maximum time until the browser is ready, milliseconds. */
const launchLimitMs = 30_000;

export interface OpenBrowserOptions {
  /** Folder for profile, caches and temporary files; removed at the end of the run. */
  tmpDir: string;
  /** Chromium or Chrome to use instead of Playwright's own download. */
  executablePath?: string;
  /** The only hosts the browser may reach. */
  hosts: readonly string[];
  /** Environment variables that mark every process of the run. */
  env: Readonly<Record<string, string>>;
  trackProcess(pid: number): void;
}

/** A browser shared by the checks of a run; each check uses its own contexts. */
export interface OpenBrowser extends AsyncDisposable {
  readonly browser: Browser;
}

/**
 * Starts Chromium through a small process, which ends it when the harness ends, and connects to it.
 * @throws Error when it does not start, with the end of its output.
 */
export async function openBrowser(options: OpenBrowserOptions): Promise<OpenBrowser> {
  const home = join(options.tmpDir, 'browser');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const settings = {
    ...(options.executablePath ? { executablePath: options.executablePath } : {}),
    root: process.getuid?.() === 0,
    hosts: options.hosts,
  };
  const child = spawn(
    process.execPath,
    [
      ...childNodeOptions(process.execArgv),
      fileURLToPath(new URL('./browser-server.ts', import.meta.url)),
      JSON.stringify(settings),
    ],
    {
      // Chromium and Playwright write only below these folders.
      env: {
        PATH: process.env.PATH,
        ...options.env,
        TMPDIR: home,
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_CACHE_HOME: home,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  if (child.pid !== undefined) options.trackProcess(child.pid);
  try {
    const { endpoint, pid } = await endpointOf(child);
    options.trackProcess(pid);
    const { chromium } = await import('playwright-core');
    const browser = await chromium.connect(endpoint, { timeout: launchLimitMs });
    return {
      browser,
      [Symbol.asyncDispose]: async () => {
        await browser.close().catch(() => undefined);
        await stop(child);
      },
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function endpointOf(child: ChildProcess): Promise<{ endpoint: string; pid: number }> {
  const output: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.push(text);
    if (output.length > 50) output.shift();
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ endpoint: string; pid: number }>();
  const fail = (why: string): void =>
    reject(new Error(`The browser did not start: ${why}\n${output.join('')}`));
  const timer = setTimeout(() => fail(`no response within ${launchLimitMs / 1000} s`), launchLimitMs);
  child.once('error', (error) => fail(error.message));
  child.once('close', (code, signal) => fail(`its process ended with ${signal ?? `code ${code}`}`));
  if (child.stdout)
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the child by closing its standard input, and kills it 3 s later if it has not exited. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  try {
    await exited;
  } finally {
    clearTimeout(timer);
  }
}
