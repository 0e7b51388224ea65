import type { EvidenceSink } from '../../../evidence/evidence-sink.ts';
import { redactText } from '../../../evidence/redact.ts';
import type { Json } from '../../check.ts';
import { ProductFailure } from '../../failures/product-failure.ts';
import { runProgram } from './run-program.ts';

/** Exit code of the programs here when the system under test let them down. */
const letDown = 3;

/**
 * Runs a Python program with a JSON object on its standard input and reads the JSON it prints last.
 * @throws ProductFailure when the program says, by exit code 3, that the platform failed it; Error otherwise.
 */
export async function runPython(options: {
  pythonPath: string;
  program: string;
  input: Json;
  tmpDir: string;
  env: Readonly<Record<string, string>>;
  evidence: EvidenceSink;
  signal: AbortSignal;
  trackProcess(pid: number): void;
}): Promise<Json> {
  const { code, stdout, stderr } = await runProgram({
    command: options.pythonPath,
    args: ['-I', '-c', options.program],
    cwd: options.tmpDir,
    env: { ...options.env, HOME: options.tmpDir, TMPDIR: options.tmpDir },
    input: JSON.stringify(options.input),
    signal: options.signal,
    trackProcess: options.trackProcess,
  });
  await options.evidence.write('python.txt', redactText(`exit code ${code}\n${stdout}${stderr}`));
  const lastLines = stderr.trim().split('\n').slice(-2).join(' ');
  if (code === letDown) throw new ProductFailure(lastLines);
  if (code !== 0) throw new Error(`The Python program ended with code ${code}: ${lastLines}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Json;
}
