import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { childNodeOptions } from '../../../child-node-options.ts';

/** Longest time until the browser answers, milliseconds. */
const launchLimitMs = 30_000;

export interface OpenBrowserOptions {
  /** Folder for profile, caches and temporary files; removed with the run. */
  tmpDir: string;
  /** Chromium or Chrome to use instead of Playwright's own download. */
  executablePath?: string;
  /** The only hosts the browser may reach. */
  hosts: readonly string[];
  /** Environment that marks every process of the run. */
  env: Readonly<Record<string, string>>;
  trackProcess(pid: number): void;
}

/** A browser shared by the checks of a run; they are kept apart by contexts. */
export interface OpenBrowser extends AsyncDisposable {
  readonly browser: Browser;
}

/**
 * Starts Chromium behind a small process that ends it when the harness is gone, and connects to it.
 * @throws when it does not start; its last words are in the message.
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
      // Everything Chromium and Playwright write lies below these.
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
    const { endpoint, pid } = await firstAnswer(child);
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

async function firstAnswer(child: ChildProcess): Promise<{ endpoint: string; pid: number }> {
  const words: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words.push(text);
    if (words.length > 50) words.shift();
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ endpoint: string; pid: number }>();
  const giveUp = (why: string): void =>
    reject(new Error(`The browser did not start: ${why}\n${words.join('')}`));
  const timer = setTimeout(() => giveUp(`no answer within ${launchLimitMs / 1000} s`), launchLimitMs);
  child.once('error', (error) => giveUp(error.message));
  child.once('close', (code, signal) => giveUp(`its process ended with ${signal ?? `code ${code}`}`));
  if (child.stdout)
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the child by closing its standard input, and by force when it does not listen. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  try {
    await gone;
  } finally {
    clearTimeout(timer);
  }
}
