import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { NodeRestarts } from '../../engine/stack.ts';
import { type SignalledNodes, sendSignal } from './send-signal.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** One node that is a process of this machine. */
async function startNode(options: { restarts: boolean }) {
  const started = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
  child = started;
  await once(started.stdout, 'data');
  const restarted: string[] = [];
  const restarts: NodeRestarts = {
    nodes: ['a'],
    restart: async (node) => {
      restarted.push(node);
      return { stoppedAtMs: 0, exitedAtMs: 0, exit: '', readyAtMs: 0 };
    },
    kill: () => Promise.reject(new Error('unused')),
  };
  const nodes: SignalledNodes = {
    ...(options.restarts ? { restarts } : {}),
    signal: async (node, name) => node === 'a' && started.kill(name),
    exited: () => (started.exitCode === null && started.signalCode === null ? [] : [{ node: 'a' }]),
  };
  return { nodes, restarted, started };
}

it.runIf(process.platform === 'linux')('stops a process until it is lifted', async () => {
  const { nodes, started, restarted } = await startNode({ restarts: true });
  const stateOf = () => readFileSync(`/proc/${started.pid}/stat`, 'utf8').split(') ')[1]?.[0];
  const stopped = await sendSignal(nodes, { node: 'a', signal: 'SIGSTOP' });
  await expect.poll(stateOf).toBe('T');
  await stopped[Symbol.asyncDispose]();
  await expect.poll(stateOf).not.toBe('T');
  expect(restarted).toEqual([]);
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'waits until %s has ended the node, and starts it again',
  async (signal) => {
    const { nodes, started, restarted } = await startNode({ restarts: true });
    const ended = await sendSignal(nodes, { node: 'a', signal });
    expect(started.signalCode).toBe(signal);
    expect(restarted).toEqual([]);
    await ended[Symbol.asyncDispose]();
    expect(restarted).toEqual(['a']);
  },
);

it('leaves a node alone that the harness cannot reach or cannot be started again', async () => {
  const { nodes, started } = await startNode({ restarts: false });
  await expect(sendSignal(nodes, { node: 'b', signal: 'SIGSTOP' })).rejects.toThrow('process-exits');
  await expect(sendSignal(nodes, { node: 'a', signal: 'SIGKILL' })).rejects.toThrow('node-restart');
  expect(started.signalCode).toBeNull();
});
