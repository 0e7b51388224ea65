// @ts-check
import { findExecutable } from './find-executable.mjs';
import { commandOutput } from './run-command.mjs';

/**
 * How system packages can be installed without a prompt: as root, with sudo that needs no password, or not at
 * all.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {'root' | 'sudo' | 'none'}
 */
export function privileges(env) {
  if (process.getuid?.() === 0) return 'root';
  const sudo = findExecutable(['sudo'], env);
  if (sudo !== undefined && commandOutput(sudo, ['-n', 'true'], { env }) !== undefined) return 'sudo';
  return 'none';
}
