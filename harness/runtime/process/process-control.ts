import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MissingCapability } from '../../engine/failures/missing-capability.ts';
import type { ProcessControl } from '../../engine/stack.ts';
import type { NodeStarter } from '../boot/node-starter.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import type { RunningStack } from '../stack/running-stack.ts';
import { movedClockOptions } from './moved-clock.ts';
import { findDescendants } from './process-table.ts';

/** Time between the stop signal and SIGKILL for a further process, milliseconds. */
const graceMs = 3_000;

/** What checks may do to the processes of a booted stack. */
export function openProcessControl({
  plan,
  stack,
  starter,
}: {
  plan: StackPlan;
  stack: Pick<RunningStack, 'processId' | 'stopNode'>;
  starter: Pick<NodeStarter, 'startFurther' | 'migrateInto'>;
}): ProcessControl {
  let started = 0;
  const processOf = (service: string): number => {
    const pid = stack.processId(service);
    if (pid === undefined) throw new Error(`${service} does not run`);
    return pid;
  };

  return {
    async startAnother(service, { set = {}, clockMs }, aborted) {
      const first = plan.nodes.find(({ name }) => name === service);
      if (!first) throw new Error(`${service} is not part of the stack`);
      const { port: _port, ...settings } = first;
      started += 1;
      const node: StackNode = {
        ...settings,
        name: `${service}-other-${started}`,
        replicaOf: service,
        env: { ...first.env, ...set },
        ...(clockMs === undefined
          ? {}
          : { execArgv: [...(first.execArgv ?? []), ...movedClockOptions(clockMs)] }),
      };
      const stop = () => stack.stopNode(node.name, { graceMs });
      let probe = 'not started';
      try {
        const limit = AbortSignal.timeout(node.startTimeoutMs);
        const url = await starter.startFurther(node, {
          signal: AbortSignal.any([aborted, limit]),
          started: () => undefined,
          probed: (observation) => {
            probe = observation;
          },
        });
        return { url, [Symbol.asyncDispose]: stop };
      } catch (error) {
        await stop();
        throw new Error(`One more ${service} did not become ready: ${probe}`, { cause: error });
      }
    },

    migrate: (database, aborted) => starter.migrateInto(database, aborted),

    async whileSuspended(nodes, work) {
      const main = nodes.map(processOf);
      // A store works in child processes.
      const pids = [...main, ...findDescendants(main).map(({ pid }) => pid)];
      try {
        for (const pid of pids) signal(pid, 'SIGSTOP');
        return await work();
      } finally {
        for (const pid of pids) signal(pid, 'SIGCONT');
      }
    },

    async whileFilesLimited(service, bytes, work) {
      const pid = processOf(service);
      await limitFiles(pid, String(bytes));
      try {
        return await work();
      } finally {
        await limitFiles(pid, 'unlimited');
      }
    },
  };
}

/** Does nothing when the process has ended. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Sets the soft limit (RLIMIT_FSIZE) of a running process, which Node cannot. */
async function limitFiles(pid: number, limit: string): Promise<void> {
  try {
    await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${limit}:`]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new MissingCapability('process-control', 'The program prlimit is missing (package util-linux).');
  }
}
