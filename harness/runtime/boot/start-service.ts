import { setTimeout as delay } from 'node:timers/promises';
import { childNodeOptions } from '../../child-node-options.ts';
import type { RunScope } from '../folders/run-scope.ts';
import type { ListeningSocket } from '../process/listening-socket.ts';
import { describeExit, type ManagedProcess, type ProcessExit } from '../process/managed-process.ts';
import { describePortHolder, isPortFree } from '../process/port-holder.ts';
import { raceExit } from '../process/race-exit.ts';
import type { Program } from '../programs/programs.ts';
import type { StackNode } from '../runtime.ts';
import type { StartContext } from './boot-graph.ts';
import { NodeFailure } from './node-failure.ts';
import { waitUntilReady } from './readiness-probe.ts';

/** How long a service whose port is taken may run before that counts as its failure, milliseconds. */
const withoutPortMs = 10_000;
/** Number of log lines of a failed service that are searched for the reason. */
const searchedLines = 50;

export interface ServiceStart {
  scope: RunScope;
  node: StackNode;
  program: Program;
  cwd: string;
  environment: Readonly<Record<string, string>>;
  /** Base URL of the service. */
  url: string;
  /** The socket it gets; undefined when it listens on the node's fixed port by itself. */
  socket: ListeningSocket | undefined;
  /** Called with the process as soon as it exists. */
  running(child: ManagedProcess): void;
}

/**
 * Starts a service and waits until it is ready.
 * @throws NodeFailure when it exits first, another process holds its port, or another service responds.
 */
export async function startService(start: ServiceStart, context: StartContext): Promise<void> {
  const { scope, node } = start;
  const fixedPort = start.socket ? undefined : node.port;
  // Checked before the start: an old copy of the same service on that port would pass the readiness probe.
  const taken = fixedPort !== undefined && !(await isPortFree(fixedPort));
  const child = spawnNode(start);
  // From now on only the service owns its socket: when it exits, connections are refused.
  start.socket?.close();
  start.running(child);
  context.started();
  await raceExit({
    process: child,
    signal: context.signal,
    work: (signal) =>
      taken
        ? failWithoutPort(fixedPort, signal)
        : waitUntilReady({
            url: start.url,
            service: node.replicaOf ?? node.name,
            signal,
            probed: context.probed,
          }),
    onExit: (exit) => exitFailure({ scope, node, exit, fixedPort, taken }),
  });
}

/** Runs a job until it exits. @throws NodeFailure unless it exits with code 0. */
export async function runJob(
  start: Omit<ServiceStart, 'url' | 'socket'>,
  context: Pick<StartContext, 'started'>,
): Promise<void> {
  const child = spawnNode(start);
  start.running(child);
  context.started();
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
  await delay(withoutPortMs, undefined, { signal });
  throw new NodeFailure('port-taken', 'product', await describePortHolder(port));
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
      return new NodeFailure('port-taken', 'product', `${how}: ${await describePortHolder(fixedPort)}`);
  }
  return new NodeFailure('exited', 'product', how);
}
