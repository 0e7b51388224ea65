import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { ReadinessError } from '../errors/readiness-error.ts';

/**
 * Creates a folder that the harness writes into.
 * @param variable the environment variable that selects another folder
 * @throws ReadinessError (exit code 4) if the folder cannot be created or written.
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
    throw new ReadinessError('folder-not-writable', `${folder} is not writable (${code}).`, {
      hint: `Make the folder writable, or set ${variable} to a writable folder.`,
      cause,
    });
  }
}
