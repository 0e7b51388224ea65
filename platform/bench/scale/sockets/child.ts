import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** A process that answers one request after the other. */
export interface Child extends AsyncDisposable {
  // biome-ignore lint/suspicious/noExplicitAny: each child has its own responses
  ask(request: object): Promise<any>;
}

/** Starts a program of this folder. Its `ask` rejects when the process ends. */
export function startChild(file: string, env: Readonly<Record<string, string>> = {}): Child {
  const child: ChildProcess = fork(join(import.meta.dirname, file), {
    env: { PATH: process.env.PATH, ...env },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        const fail = () => reject(new Error(`${file} ended`));
        child.once('exit', fail);
        child.once('message', (response) => {
          child.off('exit', fail);
          resolve(response);
        });
        child.send(request);
      }),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

/** Answers the requests of the process that has started this one. */
export function answer(
  respond: (request: { type: string; [field: string]: unknown }) => Promise<unknown>,
): void {
  process.on('message', (request) => {
    respond(request as { type: string }).then((response) => process.send?.(response ?? null));
  });
}
