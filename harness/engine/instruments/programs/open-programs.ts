import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redactText } from '../../../evidence/redact.ts';
import type { CheckScope } from '../check-scope.ts';
import type { ProgramInstrument } from './programs.ts';
import { runProgram } from './run-program.ts';

/** Runs programs in folders of one check. */
export function openPrograms(scope: CheckScope): ProgramInstrument {
  return {
    async folder() {
      const parent = join(scope.tmpDir, 'programs');
      await mkdir(parent, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(parent, 'check-'));
      await symlink(installedPackages(), join(folder, 'node_modules'));
      return folder;
    },
    async run(_node, args, { label, folder, input }) {
      const run = await runProgram({
        command: process.execPath,
        args,
        cwd: folder,
        env: { ...scope.env, PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
        ...(input === undefined ? {} : { input }),
        signal: scope.signal,
        trackProcess: scope.trackProcess,
        running: scope.running,
      });
      const output = redactText(`exit code ${run.code}\n${run.stdout}${run.stderr}`);
      await scope.evidence.write(`${label}.txt`, output);
      return run;
    },
  };
}

/** The folder `node_modules` in which the dependencies of the harness are. */
function installedPackages(): string {
  const [before] = dirname(fileURLToPath(import.meta.resolve('zod'))).split(`${sep}node_modules${sep}`);
  return join(before as string, 'node_modules');
}
