import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceName } from '../../contracts/service.ts';

export interface SpawnedService {
  readonly url: string;
  /** Sends a signal that does not end the process. */
  notify(signal: NodeJS.Signals): void;
  /** Sends a signal and resolves with the exit code, or null when the signal killed the process. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a service of the platform as its own process on a free port, as in a deployment.
 * @throws Error with its last log lines when it exits before it listens
 */
export async function spawnService(
  name: ServiceName,
  env: Readonly<Record<string, string>>,
): Promise<SpawnedService> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', '..', 'services', name, 'main.ts')],
    {
      // Where the test run keeps compiled code, the sources are compiled once.
      env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        if (line.includes('"msg":"listening"')) resolve(JSON.parse(line).port);
      });
    void exit.then((code) => reject(new Error(`${name} exited with ${code}: ${lines.slice(-5).join('\n')}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    notify: (signal) => void child.kill(signal),
    end(signal) {
      child.kill(signal);
      return exit;
    },
  };
}
