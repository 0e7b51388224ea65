import { existsSync } from 'node:fs';
import { FakeStacks } from '../testing/fake-stack.ts';
import { type ContractStacks, describeRuntime } from '../testing/runtime-contract.ts';

async function create(): Promise<ContractStacks> {
  const stacks = await FakeStacks.create();
  return Object.assign(stacks, {
    leftovers: async () =>
      [`/dev/shm/pyairtable-readiness-${stacks.runId}`].filter((folder) => existsSync(folder)),
  });
}

describeRuntime('process', create);
