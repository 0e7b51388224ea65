import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Capability } from '../judge/plan.ts';
import { findExecutable, isExecutable } from './find-executable.ts';
import type { Settings } from './settings.ts';

/** One outside tool: where it is, or how to get it. */
export interface Tool {
  name: 'redis-server' | 'chromium' | 'k6' | 'python';
  /** What is unmeasured without it. */
  capability?: Capability;
  path?: string;
  /** The command that installs it here. */
  hint: string;
}

/** Looks for the outside tools a full run needs. Looks only; installing is the setup step's. */
export async function findTools(settings: Settings, packageRoot: string): Promise<readonly Tool[]> {
  const playwrightChromium = await playwrightOwnChromium();
  return Promise.all([
    tool('redis-server', undefined, {
      given: undefined,
      names: ['redis-server'],
      settings,
      hint: install('redis-server'),
    }),
    tool('chromium', 'browser', {
      given: settings.chromium,
      names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
      settings,
      extra: playwrightChromium,
      hint: `${install('chromium')}, or npx playwright install chromium`,
    }),
    tool('k6', 'k6', {
      given: settings.k6,
      names: ['k6'],
      settings,
      extra: join(packageRoot, '.tools', 'k6'),
      hint: 'GOBIN="$PWD/.tools" go install go.k6.io/k6@v1.8.1 (Go 1.25 or newer), or a k6 release on the PATH',
    }),
    pythonWithPyairtable(settings, packageRoot),
  ]);
}

/** A Python with pyairtable: the one in `.tools/python`, else the one on the PATH if it can import it. */
async function pythonWithPyairtable(settings: Settings, packageRoot: string): Promise<Tool> {
  const own = join(packageRoot, '.tools', 'python', 'bin', 'python');
  const candidates = [own, await findExecutable(['python3'], settings.path)];
  const tool: Tool = {
    name: 'python',
    capability: 'python',
    hint: 'python3 -m venv .tools/python && .tools/python/bin/pip install pyairtable==3.5.0.post1',
  };
  for (const path of candidates) {
    if (path && (await imports(path, 'pyairtable'))) return { ...tool, path };
  }
  return tool;
}

function imports(python: string, module: string): Promise<boolean> {
  return promisify(execFile)(python, [
    '-I',
    '-c',
    `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`,
  ]).then(
    () => true,
    () => false,
  );
}

/** The capabilities the machine's tools give. */
export function toolCapabilities(tools: readonly Tool[]): Capability[] {
  return tools.flatMap((tool) => (tool.path && tool.capability ? [tool.capability] : []));
}

async function tool(
  name: Tool['name'],
  capability: Capability | undefined,
  options: {
    given: string | undefined;
    names: readonly string[];
    settings: Settings;
    extra?: string | undefined;
    hint: string;
  },
): Promise<Tool> {
  const path = options.given
    ? (await isExecutable(options.given))
      ? options.given
      : undefined
    : ((await findExecutable(options.names, options.settings.path)) ??
      (options.extra && (await isExecutable(options.extra)) ? options.extra : undefined));
  return { name, hint: options.hint, ...(capability ? { capability } : {}), ...(path ? { path } : {}) };
}

async function playwrightOwnChromium(): Promise<string | undefined> {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  return path && existsSync(path) ? path : undefined;
}

function install(debianPackage: string): string {
  return process.platform === 'darwin'
    ? `brew install ${debianPackage.replace('-server', '')}`
    : `sudo apt-get install -y ${debianPackage}`;
}
