import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findComposeForTests } from '../testing/compose-responds.ts';
import { ContainerStacks, engineResponds } from '../testing/container-stacks.ts';
import { fake } from '../testing/fake-stack.ts';
import { describeRuntime } from '../testing/runtime-contract.ts';
import { createComposeRuntime } from './compose-runtime.ts';

const packageRoot = resolve(import.meta.dirname, '../../..');
const create = () => ContainerStacks.create((options) => createComposeRuntime({ ...options, packageRoot }));

describe.runIf(
  process.platform === 'linux' && engineResponds() && findComposeForTests(packageRoot) !== undefined,
)('with a container engine and Docker Compose', () => {
  describeRuntime('compose', create, { restarts: false });

  test('reports what Docker Compose prints when it cannot create a container', async () => {
    await using stacks = await create();
    await expect(stacks.boot([fake('no-such-service')])).rejects.toMatchObject({
      code: 'compose-failed',
      message: expect.stringMatching(/docker compose up exited with code \d+:[\s\S]*no-such-service/),
    });
    expect(await stacks.leftovers()).toEqual([]);
  });
});
