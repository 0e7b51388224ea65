import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { redactText } from '../../../evidence/redact.ts';
import type { CheckContext, ConformanceScenario } from '../../context.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { CheckScope } from '../check-scope.ts';
import { runProgram } from './run-program.ts';
import { startTokenProxy } from './token-proxy.ts';

const Checks = z.array(
  z.object({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    description: z.string().optional(),
    errorMessage: z.string().optional(),
  }),
);

/** The suite stores each scenario in a folder with its name and the time. */
const folderPattern = /^server-(.+)-\d{4}-\d{2}-\d{2}T[\dZ-]+$/;

/**
 * Runs all server scenarios of the MCP conformance suite in one process. Its exit code says nothing, because scenarios
 * for features that a server does not have fail as well.
 * @throws Error when the suite stored no result.
 */
export function openMcpConformance(
  scope: CheckScope,
  suitePath: string | undefined,
): CheckContext['mcpConformance'] {
  return async ({ url, token }) => {
    scope.requireCapability('mcp-conformance');
    if (suitePath === undefined) throw new MissingCapability('mcp-conformance');
    const folder = await mkdtemp(join(scope.tmpDir, 'mcp-conformance-'));
    await using proxy = await startTokenProxy({ target: url, token });
    const { code, stdout, stderr } = await runProgram({
      command: process.execPath,
      args: [suitePath, 'server', '--suite', 'all', '--url', proxy.url, '--output-dir', folder],
      cwd: folder,
      env: { ...scope.env, HOME: scope.tmpDir, TMPDIR: scope.tmpDir, NO_COLOR: '1' },
      signal: scope.signal,
      trackProcess: scope.trackProcess,
      running: scope.running,
    });
    await scope.evidence.write('mcp-conformance.txt', redactText(`exit code ${code}\n${stdout}${stderr}`));
    const scenarios = await readScenarios(folder);
    if (scenarios.length === 0)
      throw new Error(`The conformance suite stored no result: ${stderr.trim().split('\n').at(-1)}`);
    await scope.evidence.write('mcp-conformance.json', redactText(`${JSON.stringify(scenarios, null, 2)}\n`));
    return scenarios;
  };
}

async function readScenarios(folder: string): Promise<ConformanceScenario[]> {
  const scenarios: ConformanceScenario[] = [];
  for (const entry of (await readdir(folder)).sort()) {
    const name = folderPattern.exec(entry)?.[1];
    if (name === undefined) continue;
    const checks = Checks.parse(JSON.parse(await readFile(join(folder, entry, 'checks.json'), 'utf8')));
    scenarios.push({
      name,
      checks: checks.map(({ id, status, description, errorMessage }) => ({
        id,
        status,
        message: errorMessage ?? description ?? '',
      })),
    });
  }
  return scenarios;
}
