import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { BootedStack } from '../runtime.ts';
import { FakeStacks, fake } from '../testing/fake-stack.ts';

const signal = new AbortController().signal;
const gateway: ServiceName = 'gateway';

function controlOf({ control }: BootedStack) {
  if (!control) throw new Error('the stack has no control of its processes');
  return control;
}
const report = async (url: string, limitMs?: number) =>
  (await (
    await fetch(`${url}/ready`, limitMs === undefined ? {} : { signal: AbortSignal.timeout(limitMs) })
  ).json()) as { service: string; now: number };

it('starts one more process of a service with other settings and another clock, and stops it', async () => {
  await using stacks = await FakeStacks.create();
  const { stack } = await stacks.boot([fake(gateway)]);
  const other = await controlOf(stack).startAnother(
    gateway,
    { set: { FAKE: 'respond-as:gateway' }, clockMs: -86_400_000 },
    signal,
  );
  const { service, now } = await report(other.url);
  expect(service).toBe(gateway);
  expect(Math.abs(Date.now() - 86_400_000 - now)).toBeLessThan(20_000);
  expect(Math.abs(Date.now() - (await report(stack.addresses.services.gateway)).now)).toBeLessThan(20_000);
  await other[Symbol.asyncDispose]();
  await expect(fetch(other.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  expect(stack.exited()).toEqual([]);
});

it('reports a further process that does not become ready, with the last probe', async () => {
  await using stacks = await FakeStacks.create();
  const { stack } = await stacks.boot([fake(gateway, 'ready', {}, { startTimeoutMs: 2_000 })]);
  const start = controlOf(stack).startAnother(gateway, { set: { FAKE: 'never-ready' } }, signal);
  await expect(start).rejects.toThrow(/One more gateway did not become ready: .*28P01/);
});

it('stops further processes with the stack', async () => {
  await using stacks = await FakeStacks.create();
  const { stack } = await stacks.boot([fake(gateway)]);
  const { url } = await controlOf(stack).startAnother(gateway, {}, signal);
  await stack.stop();
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

it('suspends a service during the work only, also when that fails', async () => {
  await using stacks = await FakeStacks.create();
  const { stack } = await stacks.boot([fake(gateway)]);
  const url = stack.addresses.services.gateway;
  const during = controlOf(stack).whileSuspended([gateway], () => report(url, 300));
  await expect(during).rejects.toMatchObject({ name: 'TimeoutError' });
  expect((await report(url)).service).toBe(gateway);
});

it('limits the files of a service during the work only', async () => {
  await using stacks = await FakeStacks.create();
  const { stack } = await stacks.boot([fake(gateway)]);
  const limit = () =>
    /Max file size\s+(\S+)/.exec(readFileSync(`/proc/${stack.processId?.(gateway)}/limits`, 'utf8'))?.[1];
  expect(await controlOf(stack).whileFilesLimited(gateway, 4_096, async () => limit())).toBe('4096');
  expect(limit()).toBe('unlimited');
});
