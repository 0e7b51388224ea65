import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { exitCode } from '../errors/exit-code.ts';
import { ReadinessError } from '../errors/readiness-error.ts';

/**
 * Makes a folder that the harness writes into.
 * @param variable the variable that names another place for it.
 * @throws ReadinessError (exit code 4) when it cannot be made or written.
 */
export async function makeWritable(
  folder: string,
  variable: 'READINESS_RUNS' | 'READINESS_CACHE',
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ReadinessError('not-writable', `${folder} cannot be written (${code}).`, {
      hint: `Set ${variable} to a folder that can be written, or make this one writable.`,
      exitCode: exitCode.harness,
      cause,
    });
  }
}
