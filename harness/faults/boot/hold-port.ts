import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { StackPlan } from '../../runtime/runtime.ts';
import type { PortChange } from '../change.ts';
import { changeNode } from '../change-node.ts';

/** The plan in which the port of a service is taken by the harness, until the result is disposed. */
export async function holdPort(
  stack: StackPlan,
  { service }: PortChange,
): Promise<{ readonly stack: StackPlan } & AsyncDisposable> {
  const holder = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return {
    stack: changeNode(stack, service, () => ({ port })),
    async [Symbol.asyncDispose]() {
      const closed = once(holder, 'close');
      holder.close();
      await closed;
    },
  };
}
