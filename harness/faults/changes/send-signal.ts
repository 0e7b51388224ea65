import { setTimeout as pause } from 'node:timers/promises';
import { MissingCapability } from '../../engine/failures/missing-capability.ts';
import type { NodeRestarts } from '../../engine/stack.ts';
import type { SignalChange } from '../change.ts';

/** Maximum time for a node to end or to stop, milliseconds. */
const endMs = 15_000;
const pollMs = 20;

/** The nodes that signals are sent to. */
export interface SignalledNodes {
  readonly restarts?: NodeRestarts | undefined;
  /** Sends a signal to a node. @returns whether it has a process or container that the harness can reach */
  signal(node: string, name: NodeJS.Signals): Promise<boolean>;
  exited(): readonly { node: string }[];
}

/**
 * Sends the signal, and returns when the node has ended, for SIGSTOP at once. Disposing the result lets the node
 * continue, or starts it again and returns when it is ready.
 * @throws MissingCapability where the harness cannot reach the node, or cannot restart it
 */
export async function sendSignal(
  nodes: SignalledNodes,
  { node, signal }: Pick<SignalChange, 'node' | 'signal'>,
): Promise<AsyncDisposable> {
  if (signal === 'SIGSTOP') {
    await send(nodes, node, signal);
    return {
      async [Symbol.asyncDispose]() {
        await nodes.signal(node, 'SIGCONT');
      },
    };
  }
  const { restarts } = nodes;
  if (!restarts?.nodes.includes(node))
    throw new MissingCapability('node-restart', `${node} cannot be restarted.`);
  await send(nodes, node, signal);
  const deadline = performance.now() + endMs;
  while (!nodes.exited().some((exit) => exit.node === node)) {
    if (performance.now() > deadline)
      throw new Error(`${node} did not end within ${endMs / 1_000} s of ${signal}`);
    await pause(pollMs);
  }
  return {
    async [Symbol.asyncDispose]() {
      const { failure } = await restarts.restart(node, AbortSignal.timeout(60_000));
      if (failure !== undefined) throw new Error(`${node} did not start again: ${failure}`);
    },
  };
}

async function send(nodes: SignalledNodes, node: string, signal: NodeJS.Signals): Promise<void> {
  if (!(await nodes.signal(node, signal)))
    throw new MissingCapability(
      'process-exits',
      `${node} is no process or container that the harness has started.`,
    );
}
