import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { describe, expect, test } from 'vitest';
import type { BootEvent, BootedStack, StackNode } from '../runtime.ts';
import { fake } from './fake-stack.ts';
import { contractNodes } from './runtime-contract-nodes.ts';

/** Fake stacks of one runtime. Disposal stops and removes everything. */
export interface ContractStacks extends AsyncDisposable {
  readonly folder: string;
  boot(
    nodes: readonly StackNode[],
    options?: { bootTimeoutMs?: number; signal?: AbortSignal; onEvent?: (event: BootEvent) => void },
  ): Promise<{ stack: BootedStack; events: BootEvent[] }>;
  /** What the runtime left on this machine, e.g. processes or containers. */
  leftovers(): Promise<readonly string[]>;
}

const factsOf = (stack: BootedStack, node: string) => stack.boot.find((entry) => entry.node === node);
const urlOf = (stack: BootedStack, node: string) =>
  (stack.addresses.services as Record<string, string>)[node] ?? '';
/** When the process behind an address started. */
const startOf = async (stack: BootedStack, node: string) =>
  ((await (await fetch(`${urlOf(stack, node)}/ready`)).json()) as { startedAt: number }).startedAt;
const textOf = (stack: BootedStack, node: string) => stack.logs(node, 0).map(({ text }) => text);

/**
 * What every runtime must do.
 * @param declared.restarts whether the runtime can restart nodes
 */
export function describeRuntime(
  name: string,
  create: () => Promise<ContractStacks>,
  declared: { restarts: boolean } = { restarts: true },
): void {
  describe(`the ${name} runtime`, () => {
    test('starts nodes in the order of their edges, ready by content and identity', async () => {
      await using stacks = await create();
      const { stack, events } = await stacks.boot([
        fake('gateway', 'ready', { 'user-service': 'ready' }),
        fake('user-service', 'ready-after:2'),
        fake('frontend', 'respond-as:gateway'),
      ]);
      const order = events
        .filter(({ node }) => node !== 'frontend')
        .map(({ type, node }) => `${node} ${type}`);
      expect(order).toEqual([
        'user-service starting',
        'user-service ready',
        'gateway starting',
        'gateway ready',
      ]);
      expect(factsOf(stack, 'frontend')?.failure).toMatchObject({
        kind: 'wrong-identity',
        cause: 'responds as "gateway" instead of "frontend"',
      });
      const response = await fetch(`${urlOf(stack, 'gateway')}/ready`);
      expect(await response.json()).toMatchObject({ service: 'gateway' });
    });

    test('shows services the loopback address of their client, where it declares that', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([fake('gateway')]);
      const clientOf = async (localAddress: string) => {
        const agent = new Agent({ localAddress });
        const { body } = await request(`${urlOf(stack, 'gateway')}/ready`, { dispatcher: agent });
        const { client } = (await body.json()) as { client: string };
        await agent.close();
        return client;
      };
      const seen = [await clientOf('127.0.0.1'), await clientOf('127.3.4.5')];
      if (stack.capabilities.has('many-source-addresses')) expect(seen).toEqual(['127.0.0.1', '127.3.4.5']);
      else expect(seen[0]).toBe(seen[1]);
    });

    test('reports the process that holds a fixed port of a service', async () => {
      await using stacks = await create();
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      const { stack } = await stacks.boot([fake('gateway', 'ready', {}, { port }), fake('user-service')]);
      holder.close();
      expect(factsOf(stack, 'gateway')?.failure).toMatchObject({
        kind: 'port-taken',
        by: 'product',
        cause: expect.stringContaining(`port ${port} is taken by process ${process.pid}`),
      });
      expect(factsOf(stack, 'user-service')?.state).toBe('ready');
    });

    test('fails a node that exits at start with its code and its log, and one that hangs with the last probe', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([
        fake('user-service', 'exit:7'),
        fake('gateway', 'never-ready', {}, { startTimeoutMs: 10_000 }),
        fake('frontend', 'ready', { 'user-service': 'ready' }),
      ]);
      const exited = factsOf(stack, 'user-service')?.failure;
      expect(exited).toMatchObject({
        kind: 'exited',
        by: 'product',
        cause: 'exited with code 7 before it was ready',
      });
      expect(exited?.logs.map(({ stream, text }) => `${stream} ${text}`)).toEqual(
        expect.arrayContaining([
          'stdout fake user-service does exit',
          'stderr ImportError: cannot import name app',
        ]),
      );
      expect(factsOf(stack, 'gateway')?.failure?.lastProbe).toMatch(
        /GET \/ready → 503 .*28P01 password authentication failed/,
      );
      expect(factsOf(stack, 'frontend')).toMatchObject({
        state: 'not-started',
        failure: { kind: 'edge', openEdges: ['user-service: ready'] },
      });
      for (const node of ['user-service', 'frontend'])
        await expect(fetch(urlOf(stack, node))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    });

    test('reports a node that exits after the boot, with its reason', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([fake('gateway'), fake('user-service')]);
      expect(stack.exited()).toEqual([]);
      await fetch(`${urlOf(stack, 'gateway')}/crash`).catch(() => undefined);
      await expect
        .poll(() => stack.exited(), { timeout: 10_000 })
        .toEqual([{ node: 'gateway', reason: 'exited with code 3', atMs: expect.any(Number) }]);
      await expect(fetch(urlOf(stack, 'gateway'))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    });

    test.skipIf(declared.restarts)('offers no restarts', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([fake('gateway')]);
      expect(stack.restarts).toBeUndefined();
    });

    test.runIf(declared.restarts)(
      'restarts a node at the same address, with refused connections while it is down',
      async () => {
        await using stacks = await create();
        const { stack } = await stacks.boot([
          fake('gateway'),
          fake('user-service', 'slow-start:300', { gateway: 'ready' }),
        ]);
        const { restarts } = stack;
        if (!restarts) throw new Error('the runtime cannot restart nodes');
        expect(restarts.nodes).toEqual(['gateway', 'user-service']);
        const [url, before] = [urlOf(stack, 'user-service'), await startOf(stack, 'user-service')];
        const other = await startOf(stack, 'gateway');
        let done = false;
        const restarting = restarts
          .restart('user-service', AbortSignal.timeout(30_000))
          .finally(() => (done = true));
        const errors = new Set<unknown>();
        while (!done)
          await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
            (response) => response.text(),
            (error: Error & { cause?: { code?: string } }) => errors.add(error.cause?.code ?? error.message),
          );
        const times = await restarting;
        expect(times).toMatchObject({ exit: 'exited with code 0' });
        expect(times.exitedAtMs).toBeGreaterThan(times.stoppedAtMs);
        expect(times.readyAtMs).toBeGreaterThan(times.exitedAtMs);
        // A connection that was open is reset, every other one is refused. None waits.
        expect(errors).toContain('ECONNREFUSED');
        errors.delete('ECONNREFUSED');
        errors.delete('ECONNRESET');
        errors.delete('UND_ERR_SOCKET');
        expect([...errors]).toEqual([]);
        expect(await startOf(stack, 'user-service')).not.toBe(before);
        expect(await startOf(stack, 'gateway')).toBe(other);
        expect(stack.exited()).toEqual([]);
        expect(
          textOf(stack, 'user-service').filter((line) => line.startsWith('fake user-service')),
        ).toHaveLength(2);
      },
    );

    test.runIf(declared.restarts)('kills a service and starts it again', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([fake('gateway', 'ignore-stop')]);
      const before = await startOf(stack, 'gateway');
      const times = await stack.restarts?.kill('gateway', AbortSignal.timeout(30_000));
      expect(times?.exit).toMatch(/SIGKILL|137/);
      expect(times?.readyAtMs).toBeDefined();
      expect(await startOf(stack, 'gateway')).not.toBe(before);
      expect(stack.exited()).toEqual([]);
    });

    test.runIf(declared.restarts)('keeps a killed service down for as long as it is told', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([fake('gateway')]);
      const up = Promise.withResolvers<void>();
      const killing = stack.restarts?.kill('gateway', AbortSignal.timeout(30_000), { until: up.promise });
      await expect
        .poll(() =>
          fetch(urlOf(stack, 'gateway')).then(
            () => 'up',
            () => 'down',
          ),
        )
        .toBe('down');
      expect(stack.exited()).toEqual([]);
      up.resolve();
      expect((await killing)?.readyAtMs).toBeDefined();
      await startOf(stack, 'gateway');
    });

    test.runIf(declared.restarts)('observes a stopped node before it is started again', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([fake('gateway')]);
      const url = urlOf(stack, 'gateway');
      let seen = '';
      const whileDown = () =>
        fetch(url).then(
          () => {
            seen = 'up';
          },
          () => {
            seen = 'down';
          },
        );
      const restart = await stack.restarts?.restart('gateway', AbortSignal.timeout(30_000), { whileDown });
      expect([seen, restart?.readyAtMs]).toEqual(['down', expect.any(Number)]);
      const failing = () => Promise.reject(new Error('the observation failed'));
      await expect(
        stack.restarts?.restart('gateway', AbortSignal.timeout(30_000), { whileDown: failing }),
      ).rejects.toThrow('the observation failed');
      await startOf(stack, 'gateway');
    });

    test.runIf(declared.restarts)(
      'reports a node that does not come back, and that it has exited',
      async () => {
        await using stacks = await create();
        const { stack } = await stacks.boot([
          fake('user-service'),
          fake('gateway', 'start-once', { 'user-service': 'ready' }),
        ]);
        const restart = await stack.restarts?.restart('gateway', AbortSignal.timeout(30_000));
        expect(restart).toMatchObject({ exit: 'exited with code 0' });
        expect(restart?.failure).toContain('exited with code 9 before it was ready');
        expect(restart?.readyAtMs).toBeUndefined();
        expect(stack.exited()).toMatchObject([{ node: 'gateway', reason: 'exited with code 9' }]);
        await expect(fetch(urlOf(stack, 'gateway'))).rejects.toMatchObject({
          cause: { code: 'ECONNREFUSED' },
        });
        await expect(stack.restarts?.restart('nothing', AbortSignal.timeout(1_000))).rejects.toThrow(
          '"nothing" cannot be restarted',
        );
      },
    );

    test('stops dependants first, keeps every log line, kills what ignores the signal, and leaves nothing', async () => {
      await using stacks = await create();
      const { stack } = await stacks.boot([
        fake('user-service'),
        fake('gateway', 'ready', { 'user-service': 'started' }),
        fake('frontend', 'ignore-stop'),
      ]);
      await stack.stop();
      await stack.stop();
      const stoppedAt = (node: string) =>
        BigInt(/ at (\d+)/.exec(textOf(stack, node).at(-1) ?? '')?.[1] ?? 0);
      expect(stoppedAt('gateway')).toBeGreaterThan(0n);
      expect(stoppedAt('user-service')).toBeGreaterThan(stoppedAt('gateway'));
      const file = await readFile(join(stacks.folder, 'logs', 'frontend.log'), 'utf8');
      expect(file).toContain('stopping frontend');
      for (const node of contractNodes) await expect(fetch(urlOf(stack, node))).rejects.toThrow();
      expect(await stacks.leftovers()).toEqual([]);
    });

    test('returns when it is interrupted, and can be stopped', async () => {
      await using stacks = await create();
      const interruption = new AbortController();
      const { stack } = await stacks.boot([fake('user-service'), fake('gateway', 'hang')], {
        signal: interruption.signal,
        onEvent: ({ type }) => type === 'ready' && interruption.abort(),
      });
      await stack.stop();
      expect(factsOf(stack, 'user-service')?.state).toBe('ready');
      expect(factsOf(stack, 'gateway')?.failure?.cause).toBe('the run was interrupted');
      expect(await stacks.leftovers()).toEqual([]);
    });

    test('rejects a plan with a cycle before anything starts', async () => {
      await using stacks = await create();
      const booting = stacks.boot([
        fake('gateway', 'ready', { frontend: 'ready' }),
        fake('frontend', 'ready', { gateway: 'ready' }),
      ]);
      await expect(booting).rejects.toMatchObject({ code: 'stack-plan-invalid' });
      expect(await stacks.leftovers()).toEqual([]);
    });
  });
}
