// @ts-check
import { findExecutable } from './find-executable.mjs';
import { commandOutput } from './run-command.mjs';

/** Minimum major version of Redis that the platform supports. */
export const redisMajor = 7;

/**
 * The `redis-server` on the PATH, with the version that it prints.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ path: string, version: string | undefined, recent: boolean } | undefined}
 */
export function findRedis(env) {
  const path = findExecutable(['redis-server'], env);
  if (path === undefined) return undefined;
  const version = /\bv=(\d+(?:\.\d+)*)/.exec(commandOutput(path, ['--version'], { env }) ?? '')?.[1];
  return { path, version, recent: version !== undefined && Number.parseInt(version, 10) >= redisMajor };
}
