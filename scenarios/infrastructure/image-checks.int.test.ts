import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openInstruments } from '../../harness/engine/instruments/open-instruments.ts';
import type { StackAddresses } from '../../harness/engine/stack.ts';
import { assessmentPolicy } from '../../harness/plan/policy.ts';
import { toPlan } from '../../harness/plan/to-plan.ts';
import { checkBuildContext } from '../../harness/runtime/build-context/check-build-context.ts';
import { SmallRepository } from '../../harness/runtime/testing/small-repository.ts';
import { runAlone } from '../testing/run-alone.ts';
import { contextComplete } from './image-checks.ts';

/** Runs the check on a repository, in a run with or without a checkout. */
async function outcome(root: string, { checkout }: { checkout: boolean }): Promise<string> {
  const plan = toPlan({
    definitions: [contextComplete],
    selected: new Set([contextComplete.id]),
    policy: assessmentPolicy,
    runtime: 'process',
    seed: 1,
  });
  await using instruments = openInstruments({
    stack: { services: {} as StackAddresses['services'] },
    capabilities: new Set(checkout ? (['source-checkout'] as const) : []),
    tmpDir: tmpdir(),
    seed: 1,
    runId: `context-${process.pid}`,
    trackProcess: () => undefined,
    boot: [],
    exited: () => [],
    buildContext: () => checkBuildContext(root),
  });
  const { outcome } = await runAlone({ definition: contextComplete, plan, instruments });
  return outcome;
}

test('the check of the build context passes for this repository', async () => {
  expect(await outcome(resolve(import.meta.dirname, '../..'), { checkout: true })).toBe('pass');
});

test('the check of the build context fails for a dependency beside the repository', async () => {
  await using repository = await SmallRepository.create({
    'package.json': JSON.stringify({ dependencies: { 'pyairtable-common': 'file:../pyairtable-common' } }),
    'package-lock.json': '{}',
    Dockerfile: 'FROM node:24-bookworm-slim\nCOPY . .\n',
  });
  expect(await outcome(repository.root, { checkout: true })).toBe('fail');
});

test('the check of the build context is unmeasured without a checkout', async () => {
  expect(await outcome('/nonexistent', { checkout: false })).toBe('unmeasured');
});
