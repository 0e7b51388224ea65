import type { CheckContext } from '../../context.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { CheckScope } from '../check-scope.ts';
import { runProgram } from './run-program.ts';

/** Exit codes of `promtool check metrics`: unreadable metrics, and findings. */
const unreadable = 1;
const hasFindings = 3;

/** Runs Prometheus' own validator. @throws Error when promtool itself fails. */
export function openPromtool(scope: CheckScope, promtoolPath: string | undefined): CheckContext['promtool'] {
  const { tmpDir } = scope;
  return async (metrics) => {
    scope.requireCapability('promtool');
    if (promtoolPath === undefined) throw new MissingCapability('promtool');
    const { code, stdout, stderr } = await runProgram({
      command: promtoolPath,
      args: ['check', 'metrics'],
      cwd: tmpDir,
      env: { ...scope.env, HOME: tmpDir, TMPDIR: tmpDir },
      input: metrics,
      signal: scope.signal,
      trackProcess: scope.trackProcess,
      running: scope.running,
    });
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
    if (code === 0) return [];
    if (code !== unreadable && code !== hasFindings)
      throw new Error(`promtool exited with code ${code}: ${lines.at(-1)}`);
    return lines.length > 0 ? lines : [`promtool exited with code ${code}`];
  };
}
