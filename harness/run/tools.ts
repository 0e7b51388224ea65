import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findChromium } from '../cli/setup/chromium.mjs';
import { findExecutable } from '../cli/setup/find-executable.mjs';
import { findK6, manualK6Command } from '../cli/setup/k6.mjs';
import { operatingSystem } from '../cli/setup/operating-system.mjs';
import { findPromtool } from '../cli/setup/promtool.mjs';
import { manualPythonCommand } from '../cli/setup/python.mjs';
import { findRedis } from '../cli/setup/redis.mjs';
import { manualCommand } from '../cli/setup/system-tools.mjs';
import type { Capability } from '../plan/plan.ts';
import type { Settings } from './settings.ts';

/** One external tool: where it is, or how to install it. */
export interface Tool {
  name:
    | 'redis-server'
    | 'chromium'
    | 'k6'
    | 'python'
    | 'schemathesis'
    | 'openapi-python-client'
    | 'mcp-conformance'
    | 'promtool';
  /** The capability that checks require; without the tool these checks are unmeasured. */
  capability?: Capability;
  path?: string;
  /** The command that installs it on this machine. */
  hint: string;
}

/** Finds the external tools of a full run. Installs nothing; that is the job of the setup. */
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
      { name: 'python', capability: 'python', hint: manualPythonCommand('pyairtable') },
      await pythonWith('pyairtable', env, packageRoot),
    ),
    tool(
      { name: 'schemathesis', capability: 'schemathesis', hint: manualPythonCommand('schemathesis') },
      await pythonWith('schemathesis', env, packageRoot),
    ),
    tool(
      {
        name: 'openapi-python-client',
        capability: 'openapi-python-client',
        hint: manualPythonCommand('openapi_python_client'),
      },
      await pythonWith('openapi_python_client', env, packageRoot),
    ),
    tool(
      { name: 'mcp-conformance', capability: 'mcp-conformance', hint: 'npm ci' },
      findConformanceSuite(packageRoot),
    ),
    // The setup does not install it: Debian's package also starts a server.
    tool(
      { name: 'promtool', capability: 'promtool', hint: manualCommand('promtool', system) },
      findPromtool(packageRoot, env),
    ),
  ];
}

/** The capabilities that the found tools provide. */
export function toolCapabilities(tools: readonly Tool[]): Capability[] {
  return tools.flatMap((tool) => (tool.path && tool.capability ? [tool.capability] : []));
}

/** The paths of the found tools by the names that the instruments use. */
export function toolPaths(
  tools: readonly Tool[],
): Partial<
  Record<
    | 'chromiumPath'
    | 'k6Path'
    | 'pythonPath'
    | 'schemathesisPath'
    | 'openapiPythonClientPath'
    | 'mcpConformancePath'
    | 'promtoolPath',
    string
  >
> {
  const keyOf = (name: string) => `${name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase())}Path`;
  return Object.fromEntries(tools.flatMap(({ name, path }) => (path ? [[keyOf(name), path]] : [])));
}

/** How to provide a missing capability. */
export function capabilityHint(capability: Capability, tools: readonly Tool[]): string {
  if (capability === 'language-model') return 'GEMINI_API_KEY=<key> npm run readiness';
  return tools.find((tool) => tool.capability === capability)?.hint ?? 'not available in this runtime';
}

function tool(description: Omit<Tool, 'path'>, path: string | undefined): Tool {
  return { ...description, ...(path === undefined ? {} : { path }) };
}

/** The Python environment of the setup, or else the Python on the PATH, if it can import the module. */
async function pythonWith(
  module: string,
  env: NodeJS.ProcessEnv,
  packageRoot: string,
): Promise<string | undefined> {
  const candidates = [
    join(packageRoot, '.tools', 'python', 'bin', 'python'),
    findExecutable(['python3'], env),
  ];
  for (const path of candidates) {
    if (path !== undefined && (await hasModule(path, module))) return path;
  }
  return undefined;
}

/** The program of the npm package, which may have been left out of the installation. */
function findConformanceSuite(packageRoot: string): string | undefined {
  try {
    return createRequire(join(packageRoot, 'package.json')).resolve(
      '@modelcontextprotocol/conformance/dist/index.js',
    );
  } catch {
    return undefined;
  }
}

function hasModule(python: string, module: string): Promise<boolean> {
  const program = 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)';
  return promisify(execFile)(python, ['-I', '-c', program, module]).then(
    () => true,
    () => false,
  );
}
