import { resolve } from 'node:path';
import { describeFailure } from '../errors/describe-failure.ts';
import { exitCode } from '../errors/exit-code.ts';
import { ReadinessError } from '../errors/readiness-error.ts';
import { readSettings } from '../run/settings.ts';
import { dropConnectionVariables } from './connection-variables.ts';
import { runCli } from './run-cli.ts';

const packageRoot = resolve(import.meta.dirname, '../..');

async function main(): Promise<number> {
  try {
    const settings = readSettings(process.env);
    dropConnectionVariables(process.env);
    return await runCli(process.argv.slice(2), {
      stdout: process.stdout,
      stderr: process.stderr,
      settings,
      packageRoot,
      cacheDir: settings.cacheDir ?? resolve(packageRoot, '.cache'),
      runsDir: settings.runsDir ?? resolve(packageRoot, 'reports/runs'),
      now: () => new Date(),
    });
  } catch (error) {
    process.stderr.write(describeFailure(error));
    return error instanceof ReadinessError ? error.exitCode : exitCode.harness;
  }
}

/** Runs the command of this process, and ends the process with its exit code. */
export async function runMain(): Promise<void> {
  const code = await main();
  // Writes to pipes are asynchronous: flush both streams before the exit, which ignores open handles.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
