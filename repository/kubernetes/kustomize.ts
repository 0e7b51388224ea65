import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findExecutable, isExecutable } from '../../harness/cli/setup/find-executable.mjs';
import { root } from './manifest-files.ts';

/** The command that builds a folder: kustomize of .tools or the PATH, else kubectl's own. Undefined: neither is there. */
export function findKustomize(env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const fetched = join(root, '.tools/kustomize');
  if (isExecutable(fetched)) return [fetched, 'build'];
  const own = findExecutable(['kustomize'], env);
  if (own !== undefined) return [own, 'build'];
  const kubectl = findExecutable(['kubectl'], env);
  return kubectl === undefined ? undefined : [kubectl, 'kustomize'];
}

/** Builds a folder. @throws Error with kustomize's own message. */
export function kustomizeBuild([program = '', ...args]: readonly string[], folder: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, [...args, folder], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`kustomize failed for ${folder}: ${error?.message ?? stderr}`);
  return stdout;
}
