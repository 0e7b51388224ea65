import { fileURLToPath } from 'node:url';
import { childNodeOptions } from '../../../child-node-options.ts';
import type { StackAddresses } from '../../stack.ts';
import type { CheckScope } from '../check-scope.ts';
import { runProgram } from '../programs/run-program.ts';
import { GeneratorOutput, saturationOf } from './embedded/generator-output.ts';
import { toGeneratorPlan } from './embedded/generator-plan.ts';
import type { LoadResult } from './load.ts';
import type { LoadPlan } from './load-plan.ts';
import { loadRecord } from './load-record.ts';

const program = fileURLToPath(new URL('embedded/main.ts', import.meta.url));

/** Sends a load with the embedded engine, in a process of its own, and writes its figures as evidence. */
export async function runEmbedded(
  scope: CheckScope,
  { plan, services, traceId }: { plan: LoadPlan; services: StackAddresses['services']; traceId: string },
): Promise<LoadResult> {
  const generatorPlan = toGeneratorPlan(plan, { addressOf: (service) => services[service], traceId });
  const { code, stdout, stderr } = await runProgram({
    command: process.execPath,
    args: [...childNodeOptions(process.execArgv), '--no-use-env-proxy', program],
    cwd: scope.tmpDir,
    env: { PATH: process.env.PATH, ...scope.env },
    input: JSON.stringify(generatorPlan),
    signal: scope.signal,
    trackProcess: scope.trackProcess,
    running: scope.running,
  });
  if (code !== 0)
    throw new Error(
      `The load generator exited with code ${code ?? 'none (killed)'}: ${stderr.slice(-2_000)}`,
    );
  const output = GeneratorOutput.parse(JSON.parse(stdout));
  const saturated = saturationOf(output, { open: 'stages' in plan.model });
  const result: LoadResult = {
    ...output.summary,
    steps: output.steps,
    problems: output.problems,
    parts: output.parts,
    generator: {
      engine: 'embedded',
      lagP99Ms: output.lagP99Ms,
      busy: output.busy,
      ...(saturated === undefined ? {} : { saturated }),
    },
  };
  await scope.evidence.write(`load-${plan.name}.json`, loadRecord(plan, { engine: 'embedded', ...output }));
  return result;
}
