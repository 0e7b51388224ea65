import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Manifest } from '../evidence/facts.ts';

const run = promisify(execFile);

/** The subject of a run: the commit of the source tree, and whether it has uncommitted changes. */
export async function readSubject(packageRoot: string): Promise<Manifest['subject']> {
  try {
    const [commit, changes] = await Promise.all([
      run('git', ['rev-parse', 'HEAD'], { cwd: packageRoot }),
      run('git', ['status', '--porcelain', '--untracked-files=normal'], { cwd: packageRoot }),
    ]);
    return { commit: commit.stdout.trim(), dirty: changes.stdout.trim() !== '' };
  } catch {
    // Without git or outside of a checkout the commit is unknown. The report says so and is still useful.
    return { commit: 'unknown', dirty: true };
  }
}
