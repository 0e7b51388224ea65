import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Manifest } from '../evidence/facts.ts';

const run = promisify(execFile);

/** What is being judged: the commit of the platform's source tree, and whether it has uncommitted changes. */
export async function readSubject(packageRoot: string): Promise<Manifest['subject']> {
  try {
    const [commit, changes] = await Promise.all([
      run('git', ['rev-parse', 'HEAD'], { cwd: packageRoot }),
      run('git', ['status', '--porcelain', '--untracked-files=normal'], { cwd: packageRoot }),
    ]);
    return { commit: commit.stdout.trim(), dirty: changes.stdout.trim() !== '' };
  } catch {
    // Without git, or outside a checkout, the subject has no name; a report that says so is still of use.
    return { commit: 'unknown', dirty: true };
  }
}
