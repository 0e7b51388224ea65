import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../errors/exit-code.ts';
import type { BootedStack } from '../runtime.ts';
import { FakeStacks, fake } from '../testing/fake-stack.ts';

const factsOf = (stack: BootedStack, node: string) => stack.boot.find((entry) => entry.node === node);
const urlOf = (stack: BootedStack, node: string) =>
  (stack.addresses.services as Record<string, string>)[node] ?? '';

describe('a boot of services', () => {
  test('starts nodes in the order of their edges, with each other’s addresses', async () => {
    await using stacks = await FakeStacks.create();
    const { stack, events } = await stacks.boot([
      fake('gateway', 'ready', { 'user-service': 'ready' }),
      fake('user-service', 'ready-after:2'),
    ]);
    expect(stack.boot.map(({ node, state }) => [node, state])).toEqual([
      ['gateway', 'ready'],
      ['user-service', 'ready'],
    ]);
    expect(events.map(({ type, node }) => `${node} ${type}`)).toEqual([
      'user-service starting',
      'user-service ready',
      'gateway starting',
      'gateway ready',
    ]);
    const response = await fetch(`${urlOf(stack, 'gateway')}/ready`);
    expect(await response.json()).toMatchObject({ service: 'gateway' });
  });

  test('fails a service that exits at start with its exit code and log, and starts the others', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([
      fake('mcp-server', 'exit:1'),
      fake('gateway', 'ready', { 'mcp-server': 'ready' }),
      fake('frontend'),
    ]);
    expect(factsOf(stack, 'mcp-server')).toMatchObject({
      state: 'failed',
      failure: { kind: 'exited', by: 'product', cause: 'exited with code 1 before it was ready' },
    });
    expect(factsOf(stack, 'mcp-server')?.failure?.logs.map(({ text }) => text)).toContain(
      'ImportError: cannot import name app',
    );
    expect(factsOf(stack, 'gateway')).toMatchObject({
      state: 'not-started',
      failure: { kind: 'edge', openEdges: ['mcp-server: ready'] },
    });
    expect(factsOf(stack, 'frontend')?.state).toBe('ready');
    for (const node of ['mcp-server', 'gateway'])
      await expect(fetch(urlOf(stack, node))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test('fails a service that hangs at its own time limit with the last probe', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([
      fake('llm-orchestrator', 'hang', {}, { startTimeoutMs: 3_000 }),
      fake('gateway'),
    ]);
    const failure = factsOf(stack, 'llm-orchestrator')?.failure;
    expect(failure).toMatchObject({ kind: 'timeout', cause: 'not ready within 3.0 s' });
    expect(failure?.lastProbe).toMatch(/GET \/ready: waiting for a response/);
    expect(failure?.logs.at(-1)?.text).toBe('waiting for a lock that is never released');
    expect(factsOf(stack, 'gateway')?.state).toBe('ready');
  });

  test('fails a service that never gets ready with the last response to the probe', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('saga-service', 'never-ready', {}, { startTimeoutMs: 3_000 })]);
    expect(factsOf(stack, 'saga-service')?.failure?.lastProbe).toMatch(
      /GET \/ready → 503 .*28P01 password authentication failed.*probe \d+/,
    );
  });

  test('fails a service that responds with another name', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('user-service', 'respond-as:file-service')]);
    expect(factsOf(stack, 'user-service')?.failure).toMatchObject({
      kind: 'wrong-identity',
      cause: 'responds as "file-service" instead of "user-service"',
    });
  });

  test('names the process that holds the port of a service', async () => {
    await using stacks = await FakeStacks.create();
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    try {
      const { stack } = await stacks.boot([fake('user-service', 'ready', {}, { port })]);
      const failure = factsOf(stack, 'user-service')?.failure;
      expect(failure?.kind).toBe('port-taken');
      expect(failure?.cause).toContain(`port ${port} is taken`);
      expect(failure?.logs.map(({ text }) => text).join('\n')).toContain('EADDRINUSE');
      if (process.platform === 'linux') expect(failure?.cause).toContain(`process ${process.pid} (`);
    } finally {
      holder.close();
    }
  });

  test('starts a service on a fixed port', async () => {
    await using stacks = await FakeStacks.create();
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    probe.close();
    await once(probe, 'close');
    const { stack } = await stacks.boot([fake('gateway', 'ready', {}, { port })]);
    expect(factsOf(stack, 'gateway')?.state).toBe('ready');
    expect(urlOf(stack, 'gateway')).toBe(`http://127.0.0.1:${port}`);
  });

  test('reports a service that crashes after it was ready as exited', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('gateway'), fake('frontend')]);
    expect(stack.exited()).toEqual([]);
    await fetch(`${urlOf(stack, 'gateway')}/crash`).catch(() => undefined);
    await expect
      .poll(() => stack.exited())
      .toEqual([{ node: 'gateway', reason: 'exited with code 3', atMs: expect.any(Number) }]);
    await expect(fetch(urlOf(stack, 'gateway'))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test('ends at the boot timeout with facts for every node', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('a', 'hang'), fake('b', 'ready', { a: 'ready' }), fake('c')], {
      bootTimeoutMs: 4_000,
    });
    expect(stack.boot.map(({ state }) => state)).toEqual(['failed', 'not-started', 'ready']);
    expect(factsOf(stack, 'a')?.failure?.cause).toBe('the boot timeout of 4.0 s was reached');
  });

  test('returns when it is interrupted, and can be stopped', async () => {
    await using stacks = await FakeStacks.create();
    const interruption = new AbortController();
    const { stack } = await stacks.boot([fake('quick'), fake('a', 'hang')], {
      signal: interruption.signal,
      onEvent: ({ type }) => type === 'ready' && interruption.abort(),
    });
    await stack.stop();
    expect(factsOf(stack, 'quick')?.state).toBe('ready');
    expect(factsOf(stack, 'a')?.failure?.cause).toBe('the run was interrupted');
  });

  test('passes variables and arguments of a node to its process, and lets a fault change them last', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([
      fake(
        'gateway',
        'exit:9',
        {},
        {
          execArgv: ['--import', 'data:text/javascript,console.log("imported first")'],
          rewriteEnvironment: (environment) => ({ ...environment, FAKE: 'ready' }),
        },
      ),
    ]);
    expect(factsOf(stack, 'gateway')?.state).toBe('ready');
    expect(stack.logs('gateway', 0).map(({ text }) => text)).toEqual([
      'imported first',
      'fake gateway does ready',
    ]);
  });
});

describe('stopping a stack', () => {
  test('stops dependants before their dependencies, and removes the folder', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([
      fake('a'),
      fake('b', 'ready', { a: 'started' }),
      fake('c', 'ready', { b: 'started' }),
    ]);
    await stack.stop();
    const stoppedAt = (node: string) =>
      BigInt(/ at (\d+)/.exec(stack.logs(node, 0).at(-1)?.text ?? '')?.[1] ?? 0);
    expect(stoppedAt('c')).toBeGreaterThan(0n);
    expect(stoppedAt('b')).toBeGreaterThan(stoppedAt('c'));
    expect(stoppedAt('a')).toBeGreaterThan(stoppedAt('b'));
    expect(existsSync(`/dev/shm/pyairtable-readiness-${stacks.runId}`)).toBe(false);
    for (const node of ['a', 'b', 'c']) await expect(fetch(urlOf(stack, node))).rejects.toThrow();
    expect(await readFile(join(stacks.folder, 'logs', 'a.log'), 'utf8')).toContain('stopping a');
    await stack.stop();
  });

  test('kills a service that ignores the stop signal', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('a', 'ignore-stop')]);
    await stack.stop();
    await expect(fetch(urlOf(stack, 'a'))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('a boot that cannot start', () => {
  test('rejects a machine without redis-server, with the command that installs it', async () => {
    await using stacks = await FakeStacks.create();
    const { createProcessRuntime } = await import('./process-runtime.ts');
    const { startReaper } = await import('../reaper/reaper.ts');
    await using reaper = startReaper({ runId: `${stacks.runId}-bare` });
    const runtime = createProcessRuntime({
      packageRoot: stacks.folder,
      cacheDir: join(stacks.folder, 'cache'),
      searchPath: '/nonexistent',
      reaper,
    });
    const booting = runtime.boot(
      { nodes: [{ ...fake('redis'), kind: 'store', env: {} }], bootTimeoutMs: 10_000 },
      { runId: `${stacks.runId}-bare`, runDir: stacks.folder, signal: new AbortController().signal },
    );
    await expect(booting).rejects.toMatchObject({
      exitCode: exitCode.harness,
      hint: expect.stringContaining('redis'),
    });
    expect(existsSync(`/dev/shm/pyairtable-readiness-${stacks.runId}-bare`)).toBe(false);
  });

  test('rejects a plan with a cycle before anything starts', async () => {
    await using stacks = await FakeStacks.create();
    const booting = stacks.boot([fake('a', 'ready', { b: 'ready' }), fake('b', 'ready', { a: 'ready' })]);
    await expect(booting).rejects.toMatchObject({ exitCode: exitCode.usage, message: /cycle: a → b → a/ });
  });
});
