import { expect, it } from 'vitest';
import { exitCode } from '../errors/exit-code.ts';
import { spawnHarness } from './testing/spawned-harness.ts';

it('a fault of a store is reproduced beside its record, and healed while the platform runs', async () => {
  await using harness = await spawnHarness(['reproduce', 'redis.evicts', '--heal']);
  expect(await harness.ended(), harness.output()).toBe(exitCode.ok);
  const output = harness.output();
  expect(output).toContain('Recorded    Users are signed out at random');
  expect(output).toMatch(/Took hold {3}yes: .*allkeys-lru/);
  expect(output).toMatch(/Healed {6}yes: all \d+ checks pass\./);
  expect(output).toContain('Reproduced and caught.');
}, 90_000);

it('a fault of a link can be looked into until Ctrl-C', async () => {
  await using harness = await spawnHarness(['reproduce', 'model.unreachable', '--keep-up']);
  await harness.prints(/keeps running\..*psql '.*Ctrl-C stops/s);
  expect(harness.output()).toMatch(/llm-orchestrator +http:\/\/127\.0\.0\.1:\d+ {2}process \d+/);
  harness.child.kill('SIGINT');
  expect(await harness.ended(), harness.output()).toBe(exitCode.ok);
  expect(harness.output()).toMatch(/fail {8}services\.llm-orchestrator\.values-of-chat/);
}, 90_000);
