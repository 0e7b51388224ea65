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
  test('nodes become ready in the order of their edges and know one another’s addresses', async () => {
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
    const answer = await fetch(`${urlOf(stack, 'gateway')}/ready`);
    expect(await answer.json()).toMatchObject({ service: 'gateway' });
  });

  test('a service that exits at start fails at once with its exit code and log, and the others come up', async () => {
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

  test('a service that hangs fails at its own limit with what the probe waited for', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([
      fake('llm-orchestrator', 'hang', {}, { startTimeoutMs: 3_000 }),
      fake('gateway'),
    ]);
    const failure = factsOf(stack, 'llm-orchestrator')?.failure;
    expect(failure).toMatchObject({ kind: 'timeout', cause: 'not ready within 3.0 s' });
    expect(failure?.lastProbe).toMatch(/GET \/ready: waiting for an answer/);
    expect(failure?.logs.at(-1)?.text).toBe('waiting for a lock that nobody releases');
    expect(factsOf(stack, 'gateway')?.state).toBe('ready');
  });

  test('a service that never gets ready fails with the last answer of its probe', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('saga-service', 'never-ready', {}, { startTimeoutMs: 3_000 })]);
    expect(factsOf(stack, 'saga-service')?.failure?.lastProbe).toMatch(
      /GET \/ready → 503 .*28P01 password authentication failed.*probe \d+/,
    );
  });

  test('a service that answers under another name is not ready', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('user-service', 'answer-as:file-service')]);
    expect(factsOf(stack, 'user-service')?.failure).toMatchObject({
      kind: 'wrong-identity',
      cause: 'answers as "file-service" instead of "user-service"',
    });
  });

  test('a port held by another process is named with its holder', async () => {
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

  test('a service on a fixed port listens there', async () => {
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

  test('a service that crashes after it was ready is known to have exited, and refuses connections', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('gateway'), fake('frontend')]);
    expect(stack.exited()).toEqual([]);
    await fetch(`${urlOf(stack, 'gateway')}/crash`).catch(() => undefined);
    await expect.poll(() => stack.exited()).toEqual([{ node: 'gateway', reason: 'exited with code 3' }]);
    await expect(fetch(urlOf(stack, 'gateway'))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test('the limit of the boot ends it with every node accounted for', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('a', 'hang'), fake('b', 'ready', { a: 'ready' }), fake('c')], {
      bootTimeoutMs: 4_000,
    });
    expect(stack.boot.map(({ state }) => state)).toEqual(['failed', 'not-started', 'ready']);
    expect(factsOf(stack, 'a')?.failure?.cause).toBe('the boot’s limit of 4.0 s was reached');
  });

  test('an interrupted boot returns and can be stopped', async () => {
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

  test('variables and arguments of a node reach its process, and a fault has the last word', async () => {
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

describe('a stop', () => {
  test('dependants stop before what they depend on, and nothing is left', async () => {
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

  test('a service that ignores the request to stop is killed', async () => {
    await using stacks = await FakeStacks.create();
    const { stack } = await stacks.boot([fake('a', 'ignore-stop')]);
    await stack.stop();
    await expect(fetch(urlOf(stack, 'a'))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('an unfit environment or plan', () => {
  test('a missing redis-server is an error of the environment with the command that installs it', async () => {
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

  test('a plan with a cycle is refused before anything starts', async () => {
    await using stacks = await FakeStacks.create();
    const booting = stacks.boot([fake('a', 'ready', { b: 'ready' }), fake('b', 'ready', { a: 'ready' })]);
    await expect(booting).rejects.toMatchObject({ exitCode: exitCode.usage, message: /cycle: a → b → a/ });
  });
});
