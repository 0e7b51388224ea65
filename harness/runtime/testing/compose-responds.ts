import { execFileSync } from 'node:child_process';
import { composeCandidates, isNewEnough } from '../compose/compose-program.ts';

/** Docker Compose of this machine as a command; undefined where none is new enough. */
export function findComposeForTests(packageRoot: string): readonly string[] | undefined {
  for (const { command, args } of composeCandidates(packageRoot, process.env.PATH ?? '')) {
    try {
      const version = execFileSync(command, [...args, 'version', '--short'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 10_000,
      });
      if (isNewEnough(version.trim())) return [command, ...args];
    } catch {
      // `docker` without the plugin.
    }
  }
  return undefined;
}
