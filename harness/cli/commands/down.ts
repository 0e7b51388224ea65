import { setTimeout as delay } from 'node:timers/promises';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunContext } from '../../run/run-context.ts';
import { findRunning, isAlive } from '../running-platform.ts';

/** Maximum time for `up` to stop, milliseconds. */
const stopLimitMs = 20_000;

/** Stops the platform that `up` started and waits until it has stopped. @returns 0, also if none is running */
export async function down(context: RunContext): Promise<ExitCode> {
  const running = await findRunning(context.cacheDir);
  if (!running) {
    context.stdout.write('The platform is not running.\n');
    return exitCode.ok;
  }
  process.kill(running.pid, 'SIGTERM');
  const deadline = performance.now() + stopLimitMs;
  while (await isAlive(running.pid)) {
    if (performance.now() > deadline) {
      throw new ReadinessError(
        'platform-not-stopped',
        `Process ${running.pid} did not stop within ${stopLimitMs / 1000} s.`,
        {
          hint: `kill -9 ${running.pid}   (its reaper then stops everything that it started)`,
        },
      );
    }
    await delay(50);
  }
  context.stdout.write('The platform has stopped.\n');
  return exitCode.ok;
}
