import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeStoreFolder } from './store-folder.ts';

export interface TemporaryRedis extends AsyncDisposable {
  /** `unix://…` URL for `openRedis`. */
  readonly url: string;
  stop(): Promise<void>;
  /** Ends the server at once, as a crash does. Its URL stays, its data is lost. */
  kill(): Promise<void>;
  /** Starts the killed server again. */
  start(): Promise<void>;
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Resolves when Redis reports that it accepts connections. Rejects with its last log line when it exits first. */
function accepting(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server exited with ${code}: ${last}`)));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        last = line;
        if (/ready to accept connections/i.test(line)) resolve();
      });
    }
  });
}

/** Starts a Redis server without persistence, on a unix socket in a temporary folder. */
export async function startTemporaryRedis(): Promise<TemporaryRedis> {
  const folder = await makeStoreFolder('redis');
  const socket = join(folder, 'redis.sock');
  const args = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder];
  let child: ChildProcess | undefined;
  const start = async () => {
    // It inherits no stream: a remaining server would keep the output of the test run open.
    child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    await accepting(child);
  };
  const kill = async () => {
    if (child?.pid === undefined) return;
    child.kill('SIGKILL');
    await exited(child);
  };
  const stop = async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `unix://${socket}`, stop, kill, start, [Symbol.asyncDispose]: stop };
}
