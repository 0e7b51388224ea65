// @ts-check
import { accessSync, constants, mkdirSync } from 'node:fs';

const unwritable = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/**
 * Why nothing can be written into `folder`, which is made when it is missing.
 *
 * @param {string} folder
 * @returns {string | undefined} The system's code, e.g. `EACCES`; undefined when it can be written.
 */
export function writeProblem(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return error.code;
  }
}

/**
 * @param {unknown} error
 * @returns {error is Error & { code: string }} True when the system forbids to write there.
 */
export function isUnwritable(error) {
  return error instanceof Error && 'code' in error && unwritable.includes(String(error.code));
}
