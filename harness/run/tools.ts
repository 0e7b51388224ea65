import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findChromium } from '../cli/setup/chromium.mjs';
import { findExecutable } from '../cli/setup/find-executable.mjs';
import { findK6, manualK6Command } from '../cli/setup/k6.mjs';
import { operatingSystem } from '../cli/setup/operating-system.mjs';
import { findPromtool } from '../cli/setup/promtool.mjs';
import { environmentPython, manualPythonCommand, pythonPackages } from '../cli/setup/python.mjs';
import { findRedis } from '../cli/setup/redis.mjs';
import { manualCommand } from '../cli/setup/system-tools.mjs';
import type { Capability, Plan } from '../plan/plan.ts';
import { type PythonTool, pythonTools, type ToolName, type ToolPaths } from '../plan/tool-name.ts';
import { adoptedHints } from '../runtime/compose/adopt/adopted-hints.ts';
import type { Target } from '../runtime/external/target.ts';
import { targetHints } from '../runtime/external/target-addresses.ts';
import { findMonitoring } from './platform/monitoring-programs.ts';
import type { RunContext } from './run-context.ts';
import type { Settings } from './settings.ts';

/** One external tool: where it is, or how to install it. */
export interface Tool {
  name: ToolName;
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
    ...(await Promise.all(pythonTools.map((name) => pythonTool(name, { env, packageRoot })))),
    tool(
      { name: 'mcp-conformance', capability: 'mcp-conformance', hint: 'npm ci' },
      findConformanceSuite(packageRoot),
    ),
    // The setup does not install it: Debian's package also starts a server.
    tool(
      { name: 'promtool', capability: 'promtool', hint: manualCommand('promtool', system) },
      findPromtool(packageRoot, env),
    ),
    // Only `--with monitoring` starts these programs.
    tool(
      { name: 'monitoring', capability: 'monitoring', hint: manualCommand('monitoring', system) },
      findMonitoring(env)?.prometheus,
    ),
  ];
}

/**
 * What this machine provides for a platform that the harness boots: the found tools, a language model, a checkout.
 * Monitoring must also run, see `openPlatform`.
 */
export function machineCapabilities(
  { settings, packageRoot }: Pick<RunContext, 'settings' | 'packageRoot'>,
  tools: readonly Tool[],
): Set<Capability> {
  const capabilities = new Set(
    tools.flatMap(({ path, capability }) =>
      path && capability && capability !== 'monitoring' ? [capability] : [],
    ),
  );
  if (settings.languageModel.GEMINI_API_KEY) capabilities.add('language-model');
  if (existsSync(join(packageRoot, 'package-lock.json'))) capabilities.add('source-checkout');
  return capabilities;
}

/** The paths of the found tools by name. */
export function toolPaths(tools: readonly Tool[]): ToolPaths {
  return Object.fromEntries(tools.flatMap(({ name, path }) => (path ? [[name, path]] : [])));
}

/** What a run may use. */
interface RunAccess {
  tools: readonly Tool[];
  runtime: Plan['runtime'];
  /** The deployed platform that the run measures, if it boots none. */
  target?: Target;
  /** Name of the compose project that is the target. */
  adopted?: string;
  /** Why sources of the target give no capability. */
  sourceFailures?: ReadonlyMap<Capability, string>;
}

/** How to provide a missing capability. */
export function capabilityHint(
  capability: Capability,
  { tools, target, adopted, runtime, sourceFailures }: RunAccess,
): string {
  const failure = sourceFailures?.get(capability);
  if (failure !== undefined) return `The source of the target file does not work: ${failure}`;
  const hint = (adopted && adoptedHints[capability]) ?? (target && targetHints[capability]);
  if (hint) return hint;
  if (capability === 'high-availability') return 'npm run readiness -- run --with high-availability';
  if (capability === 'source-checkout')
    return 'Run the harness in a checkout: git clone <address of this repository>';
  if (capability === 'node-restart' && runtime === 'compose')
    return 'The compose runtime cannot restart nodes. Use another one: npm run readiness';
  if (capability === 'node-restart') return 'Drills were left out: npm run readiness';
  if (capability === 'deep-fuzzing') return 'npm run readiness -- run --with deep-fuzzing';
  if (capability === 'long-drills') return 'npm run readiness -- run --with restarts';
  if (capability === 'process-control')
    return 'Only the process runtime starts and suspends processes: npm run readiness';
  if (capability === 'model-server')
    return 'Only runs without GEMINI_API_KEY have the model server: npm run readiness';
  if (capability === 'language-model') return 'GEMINI_API_KEY=<key> npm run readiness';
  const tool = tools.find((one) => one.capability === capability);
  if (capability === 'monitoring' && tool?.path) return 'npm run readiness -- run --with monitoring';
  return tool?.hint ?? 'not available in this runtime';
}

function tool(description: Omit<Tool, 'path'>, path: string | undefined): Tool {
  return { ...description, ...(path === undefined ? {} : { path }) };
}

/** The Python of the setup, or else the one on the PATH, if it has the package and what the package needs. */
async function pythonTool(
  name: PythonTool,
  { env, packageRoot }: { env: NodeJS.ProcessEnv; packageRoot: string },
): Promise<Tool> {
  const { name: packageName, modules = [], program } = pythonPackages[name];
  const install = manualPythonCommand(name);
  if (program !== undefined && !(await starts(findExecutable([program], env)))) {
    const hint = `${manualCommand(program, operatingSystem(env))} && ${install}`;
    return { name, capability: name, hint };
  }
  const description = { name, capability: name, hint: install };
  const candidates = [environmentPython(packageRoot), findExecutable(['python3'], env)];
  for (const path of candidates) {
    if (path !== undefined && (await hasModules(path, [packageName, ...modules])))
      return { ...description, path };
  }
  return description;
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

/** On macOS a program of the name `java` exists without Java, and fails. */
const starts = async (program: string | undefined): Promise<boolean> =>
  program !== undefined && (await succeeds(program, ['-version']));

function hasModules(python: string, modules: readonly string[]): Promise<boolean> {
  const program = `import importlib.util, sys
sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))`;
  return succeeds(python, ['-I', '-c', program, ...modules]);
}

function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  );
}
