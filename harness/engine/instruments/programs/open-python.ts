import { redactText } from '../../../evidence/redact.ts';
import type { PythonTool } from '../../../plan/tool-name.ts';
import type { CheckContext } from '../../context.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import { ProductFailure } from '../../failures/product-failure.ts';
import type { Json } from '../../json.ts';
import type { CheckScope } from '../check-scope.ts';
import { runProgram } from './run-program.ts';

/** Exit code with which a program reports a failure of the system under test. */
const productFailed = 3;

/**
 * Runs Python programs with JSON on standard input; the last line that they print must be JSON.
 * @throws ProductFailure when the program exits with code 3; Error for any other exit code but 0.
 */
export function openPython(
  scope: CheckScope,
  paths: Readonly<Partial<Record<PythonTool, string>>>,
): CheckContext['python'] {
  const { tmpDir } = scope;
  return async (program, input, { capability = 'python', label = 'python' } = {}) => {
    scope.requireCapability(capability);
    const command = paths[capability];
    if (command === undefined) throw new MissingCapability(capability);
    const { code, stdout, stderr } = await runProgram({
      command,
      args: ['-I', '-c', program],
      cwd: tmpDir,
      // openapi-generator starts Java.
      env: { ...scope.env, PATH: process.env.PATH, HOME: tmpDir, TMPDIR: tmpDir },
      input: JSON.stringify(input),
      signal: scope.signal,
      trackProcess: scope.trackProcess,
      running: scope.running,
    });
    await scope.evidence.write(`${label}.txt`, redactText(`exit code ${code}\n${stdout}${stderr}`));
    const lastLines = stderr.trim().split('\n').slice(-2).join(' ');
    if (code === productFailed) throw new ProductFailure(lastLines);
    if (code !== 0) throw new Error(`The Python program exited with code ${code}: ${lastLines}`);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Json;
  };
}
