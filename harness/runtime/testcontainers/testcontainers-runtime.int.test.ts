import { describe } from 'vitest';
import { ContainerStacks, engineResponds } from '../testing/container-stacks.ts';
import { describeRuntime } from '../testing/runtime-contract.ts';

describe.runIf(process.platform === 'linux' && engineResponds())('with a container engine', () => {
  describeRuntime('Testcontainers', () => ContainerStacks.create());
});
