import { setTimeout as delay } from 'node:timers/promises';
import { timeLimit } from '../../async/time-limit.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { openListeningSocket } from '../process/listening-socket.ts';
import { describeExit } from '../process/managed-process.ts';
import { raceExit } from '../process/race-exit.ts';

/** Maximum time from the start of a program until it is ready, milliseconds. */
const startLimitMs = 20_000;
/** Pause between two probes, milliseconds. */
const pauseMs = 50;
/** Number of ports that are tried: another process may take a free one first. */
const maxPorts = 5;

export interface ProgramStart {
  name: string;
  command: string;
  /** The arguments for an address to listen on, `127.0.0.1:<port>`. */
  args(address: string): readonly string[] | Promise<readonly string[]>;
  env?: Readonly<Record<string, string>>;
  /** The path that responds with 200 when the program is ready. */
  readyPath: string;
}

/**
 * Starts a program on a free port and waits until it is ready.
 * @returns its address, `127.0.0.1:<port>`
 * @throws ReadinessError (exit code 4) with its last log lines when it exits or is not ready in time.
 */
export async function startProgram(
  program: ProgramStart,
  { scope, signal }: { scope: RunScope; signal: AbortSignal },
): Promise<string> {
  const node = `monitoring-${program.name}`;
  for (let attempt = 1; ; attempt += 1) {
    // These programs cannot inherit a socket, so the port is free only until the socket is closed.
    const socket = await openListeningSocket();
    const address = `127.0.0.1:${socket.port}`;
    socket.close();
    const child = scope.spawn(node, {
      command: program.command,
      args: await program.args(address),
      cwd: scope.folder.tmp,
      ...(program.env ? { env: program.env } : {}),
    });
    const lastLines = () =>
      scope
        .log(node)
        .last(5)
        .map(({ text }) => text)
        .join('\n');
    using limit = timeLimit(startLimitMs);
    try {
      await raceExit({
        process: child,
        signal: AbortSignal.any([signal, limit.signal]),
        work: (abort) => untilReady(`http://${address}${program.readyPath}`, abort),
        onExit: (exit) => new Error(describeExit(exit)),
      });
      return address;
    } catch (error) {
      signal.throwIfAborted();
      if (attempt < maxPorts && lastLines().includes('address already in use')) continue;
      const reason = limit.signal.aborted
        ? `was not ready within ${startLimitMs / 1_000} s`
        : (error as Error).message;
      throw new ReadinessError('monitoring-not-started', `${program.command} ${reason}.\n${lastLines()}`);
    }
  }
}

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await delay(pauseMs, undefined, { signal });
  }
}
