import { childNodeOptions } from '../../child-node-options.ts';
import type { RunScope } from '../folders/run-scope.ts';
import type { ListeningSocket } from '../process/listening-socket.ts';
import { describeExit, type ManagedProcess, type ProcessExit } from '../process/managed-process.ts';
import { findPortHolder, isPortFree } from '../process/port-holder.ts';
import type { Program } from '../programs/programs.ts';
import type { StackNode } from '../runtime.ts';
import type { StartAttempt } from './boot-graph.ts';
import { NodeFailure } from './node-failure.ts';
import { waitUntilReady } from './readiness-probe.ts';

/** How long a service may go on without its port before that counts as its failure, milliseconds. */
const withoutPortMs = 10_000;
/** Lines of a failed service's log that are searched for the reason. */
const searchedLines = 50;

export interface ServiceStart {
  scope: RunScope;
  node: StackNode;
  program: Program;
  cwd: string;
  environment: Readonly<Record<string, string>>;
  /** Base URL of the service. */
  url: string;
  /** The socket it gets; absent when it listens on the node's fixed port by itself. */
  socket: ListeningSocket | undefined;
  /** Called with the process as soon as there is one. */
  running(child: ManagedProcess): void;
}

/**
 * Starts a service and waits until it is ready.
 * @throws NodeFailure when it exits first, its port is held by another process, or another service answers.
 */
export async function startService(start: ServiceStart, attempt: StartAttempt): Promise<void> {
  const { scope, node } = start;
  const fixedPort = start.socket ? undefined : node.port;
  // Asked beforehand, because a stale copy of the same service on the port would pass for this one.
  const taken = fixedPort !== undefined && !(await isPortFree(fixedPort));
  const child = spawnNode(start);
  // From here on the service alone holds its socket: when it dies, connections are refused.
  start.socket?.close();
  start.running(child);
  attempt.started();
  const stopWaiting = new AbortController();
  const signal = AbortSignal.any([attempt.signal, stopWaiting.signal]);
  try {
    await Promise.race([
      taken
        ? failWithoutPort(fixedPort, signal)
        : waitUntilReady({ url: start.url, service: node.name, signal, probed: attempt.probed }),
      child.exited.then(async (exit) => {
        throw await exitFailure({ scope, node, exit, fixedPort, taken });
      }),
    ]);
  } finally {
    stopWaiting.abort();
  }
}

/** Runs a job to its end. @throws NodeFailure unless it exits with code 0. */
export async function runJob(
  start: Omit<ServiceStart, 'url' | 'socket'>,
  attempt: Pick<StartAttempt, 'started'>,
): Promise<void> {
  const child = spawnNode(start);
  start.running(child);
  attempt.started();
  const exit = await child.exited;
  if (exit.code !== 0)
    throw new NodeFailure(
      exit.error ? 'spawn' : 'exited',
      'product',
      `${describeExit(exit)} before it was completed`,
    );
}

function spawnNode(
  start: Pick<ServiceStart, 'scope' | 'node' | 'program' | 'cwd' | 'environment'> & {
    socket?: ListeningSocket | undefined;
  },
): ManagedProcess {
  const { node, program, environment } = start;
  return start.scope.spawn(node.name, {
    command: process.execPath,
    // What Node was told for the harness holds for its children, e.g. how to read TypeScript where it is installed.
    args: [...childNodeOptions(process.execArgv), ...(node.execArgv ?? []), program.file],
    cwd: start.cwd,
    env: {
      ...(program.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: program.compileCache }),
      ...environment,
    },
    ...(start.socket ? { socket: start.socket.descriptor } : {}),
  });
}

async function failWithoutPort(port: number, signal: AbortSignal): Promise<never> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, withoutPortMs);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
  throw new NodeFailure('port-taken', 'product', await describeHolder(port));
}

async function exitFailure(end: {
  scope: RunScope;
  node: StackNode;
  exit: ProcessExit;
  fixedPort: number | undefined;
  taken: boolean;
}): Promise<NodeFailure> {
  const { exit, fixedPort } = end;
  if (exit.error) return new NodeFailure('spawn', 'harness', describeExit(exit));
  const how = `${describeExit(exit)} before it was ready`;
  if (fixedPort !== undefined) {
    const lines = end.scope.log(end.node.name).last(searchedLines);
    if (end.taken || lines.some(({ text }) => text.includes('EADDRINUSE')))
      return new NodeFailure('port-taken', 'product', `${how}: ${await describeHolder(fixedPort)}`);
  }
  return new NodeFailure('exited', 'product', how);
}

async function describeHolder(port: number): Promise<string> {
  const holder = await findPortHolder(port);
  return `port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}`;
}
