import { setTimeout as delay } from 'node:timers/promises';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { cacheDirOf } from '../../run/cache-dir.ts';
import type { RunContext } from '../../run/run-context.ts';
import { findRunning, isAlive } from '../running-platform.ts';

/** Longest wait for `up` to clear up after itself, milliseconds. */
const stopLimitMs = 20_000;

/** Stops what `up` started and waits until it is gone. Nothing running is fine too. */
export async function down(context: RunContext): Promise<ExitCode> {
  const running = await findRunning(cacheDirOf(context));
  if (!running) {
    context.stdout.write('Nothing is up.\n');
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
          hint: `kill -9 ${running.pid}   (its reaper then ends everything it started)`,
        },
      );
    }
    await delay(50);
  }
  context.stdout.write('The platform is down.\n');
  return exitCode.ok;
}
