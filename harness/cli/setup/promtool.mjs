// @ts-check
import { join } from 'node:path';
import { findExecutable, isExecutable } from './find-executable.mjs';

/**
 * Finds promtool: on the PATH, else in `.tools`, where `.ci/promtool` puts it.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findPromtool(root, env) {
  const fetched = join(root, '.tools', 'promtool');
  return findExecutable(['promtool'], env) ?? (isExecutable(fetched) ? fetched : undefined);
}
