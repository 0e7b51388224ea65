import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findChromium } from '../cli/setup/chromium.mjs';
import { findExecutable } from '../cli/setup/find-executable.mjs';
import { findK6, manualK6Command } from '../cli/setup/k6.mjs';
import { operatingSystem } from '../cli/setup/operating-system.mjs';
import { manualPythonCommand } from '../cli/setup/python.mjs';
import { findRedis } from '../cli/setup/redis.mjs';
import { manualCommand } from '../cli/setup/system-tools.mjs';
import type { Capability } from '../plan/plan.ts';
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
  const env = settings.toolEnvironment;
  const system = operatingSystem(env);
  return [
    tool({ name: 'redis-server', hint: manualCommand('redis-server', system) }, findRedis(env)?.path),
    tool(
      { name: 'chromium', capability: 'browser', hint: manualCommand('chromium', system) },
      findChromium(env),
    ),
    tool({ name: 'k6', capability: 'k6', hint: manualK6Command() }, findK6(packageRoot, env)),
    tool(
      { name: 'python', capability: 'python', hint: manualPythonCommand() },
      await pythonWithPyairtable(env, packageRoot),
    ),
  ];
}

/** The capabilities the machine's tools give. */
export function toolCapabilities(tools: readonly Tool[]): Capability[] {
  return tools.flatMap((tool) => (tool.path && tool.capability ? [tool.capability] : []));
}

function tool(description: Omit<Tool, 'path'>, path: string | undefined): Tool {
  return { ...description, ...(path === undefined ? {} : { path }) };
}

/** The Python that the setup made, else the one on the PATH if it can import pyairtable. */
async function pythonWithPyairtable(
  env: NodeJS.ProcessEnv,
  packageRoot: string,
): Promise<string | undefined> {
  const candidates = [
    join(packageRoot, '.tools', 'python', 'bin', 'python'),
    findExecutable(['python3'], env),
  ];
  for (const path of candidates) {
    if (path !== undefined && (await hasPyairtable(path))) return path;
  }
  return undefined;
}

function hasPyairtable(python: string): Promise<boolean> {
  const program = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("pyairtable") is None)';
  return promisify(execFile)(python, ['-I', '-c', program]).then(
    () => true,
    () => false,
  );
}
