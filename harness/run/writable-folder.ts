import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { ReadinessError } from '../errors/readiness-error.ts';

/**
 * Creates a folder that the harness writes into.
 * @param variable the variable that sets another folder.
 * @throws ReadinessError (exit code 4) when the folder cannot be created or written.
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
    throw new ReadinessError('folder-not-writable', `${folder} cannot be written (${code}).`, {
      hint: `Set ${variable} to a folder that can be written, or make this one writable.`,
      cause,
    });
  }
}
