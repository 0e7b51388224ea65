// @ts-check
import { accessSync, constants, mkdirSync } from 'node:fs';

const unwritable = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/**
 * Why `folder` is not writable. Creates the folder when it is missing.
 *
 * @param {string} folder
 * @returns {string | undefined} The system's error code, e.g. `EACCES`; undefined when it is writable.
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
 * @returns {error is Error & { code: string }} True for an error of a path that is not writable.
 */
export function isUnwritable(error) {
  return error instanceof Error && 'code' in error && unwritable.includes(String(error.code));
}
