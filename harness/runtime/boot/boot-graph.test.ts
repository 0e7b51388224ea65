import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BootEvent, EdgeCondition, StackNode } from '../runtime.ts';
import { bootGraph, type StartAttempt } from './boot-graph.ts';
import { NodeFailure } from './node-failure.ts';

interface Script {
  nodes: StackNode[];
  /** What starting does; default: ready at once. */
  start?: Record<string, (attempt: StartAttempt) => Promise<void>>;
  bootTimeoutMs?: number;
  signal?: AbortSignal;
}

function node(
  name: string,
  dependsOn: Record<string, EdgeCondition> = {},
  more: Partial<StackNode> = {},
): StackNode {
  return { name, kind: 'service', dependsOn, env: {}, startTimeoutMs: 60_000, ...more };
}

const forever = (attempt: StartAttempt) =>
  new Promise<void>((_, reject) =>
    attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason)),
  );

async function boot(script: Script) {
  const events: BootEvent[] = [];
  let now = 0;
  const facts = await bootGraph({
    plan: { nodes: script.nodes, bootTimeoutMs: script.bootTimeoutMs ?? 60_000 },
    signal: script.signal ?? new AbortController().signal,
    start: (entry, attempt) => script.start?.[entry.name]?.(attempt) ?? Promise.resolve(),
    lastLines: (name) => [{ service: name, stream: 'stderr', text: `last words of ${name}` }],
    elapsedMs: () => ++now,
    onEvent: (event) => events.push(event),
  });
  return { facts, events, of: (name: string) => facts.find((entry) => entry.node === name) };
}

describe('booting along the graph', () => {
  test('in any graph no node starts before its edges hold, and every node gets ready', async () => {
    const graphs = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(graphs, fc.scheduler(), async (edges, scheduler) => {
        const nodes = edges.map((targets, index) =>
          node(
            `n${index}`,
            index === 0
              ? {}
              : Object.fromEntries(targets.map((target) => [`n${target % index}`, 'ready' as const])),
          ),
        );
        const starts = Object.fromEntries(
          nodes.map(({ name }) => [
            name,
            () => scheduler.schedule(Promise.resolve(), name).then(() => undefined),
          ]),
        );
        const booting = boot({ nodes: nodes.toReversed(), start: starts });
        await scheduler.waitFor(booting);
        const { facts, events } = await booting;
        expect(facts.every(({ state }) => state === 'ready')).toBe(true);
        const at = (type: string, name: string) =>
          events.findIndex((event) => event.type === type && event.node === name);
        for (const { name, dependsOn } of nodes)
          for (const dependency of Object.keys(dependsOn))
            expect(at('ready', dependency)).toBeLessThan(at('starting', name));
      }),
      { numRuns: 50 },
    );
  });

  test('an edge that waits for a start holds before the node is ready', async () => {
    const order: string[] = [];
    const { promise: dependantRuns, resolve } = Promise.withResolvers<void>();
    const { facts } = await boot({
      nodes: [node('b', { a: 'started' }), node('a')],
      start: {
        a: async (attempt) => {
          attempt.started();
          await dependantRuns;
          order.push('a ready');
        },
        b: async () => {
          order.push('b starts');
          resolve();
        },
      },
    });
    expect(order).toEqual(['b starts', 'a ready']);
    expect(facts.map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  test('a failed node leaves its dependants not started, with the edge named, and the others alone', async () => {
    const { of, facts } = await boot({
      nodes: [node('far', { near: 'started' }), node('near', { bad: 'ready' }), node('bad'), node('other')],
      start: {
        bad: async (attempt) => {
          attempt.probed('GET /ready → 503');
          throw new NodeFailure('exited', 'product', 'exited with code 1 before it was ready');
        },
      },
    });
    expect(facts.map(({ node: name }) => name)).toEqual(['far', 'near', 'bad', 'other']);
    expect(of('bad')).toMatchObject({
      state: 'failed',
      failure: {
        kind: 'exited',
        by: 'product',
        lastProbe: 'GET /ready → 503',
        logs: [{ text: 'last words of bad' }],
      },
    });
    expect(of('near')).toMatchObject({
      state: 'not-started',
      failure: { kind: 'edge', openEdges: ['bad: ready'] },
    });
    expect(of('near')?.failure?.cause).toBe('not started: bad failed');
    expect(of('far')).toMatchObject({
      state: 'not-started',
      failure: { cause: 'not started: near was not started', openEdges: ['near: started'] },
    });
    expect(of('other')).toMatchObject({ state: 'ready' });
  });

  test('a started node that fails later does not hold back who only waited for its start', async () => {
    const { of } = await boot({
      nodes: [node('a'), node('b', { a: 'started' })],
      start: {
        a: async (attempt) => {
          attempt.started();
          throw new NodeFailure('exited', 'product', 'exited');
        },
      },
    });
    expect(of('a')?.state).toBe('failed');
    expect(of('b')?.state).toBe('ready');
  });

  test('a node over its own limit fails with what the last probe saw', async () => {
    const { of } = await boot({
      nodes: [node('slow', {}, { startTimeoutMs: 5 }), node('quick')],
      start: {
        slow: (attempt) => {
          attempt.probed('GET /ready → no answer');
          return forever(attempt);
        },
      },
    });
    expect(of('slow')).toMatchObject({
      state: 'failed',
      failure: { kind: 'timeout', by: 'product', lastProbe: 'GET /ready → no answer' },
    });
    expect(of('quick')?.state).toBe('ready');
  });

  test('the limit of the boot ends nodes under way and those still waiting, even if a start ignores it', async () => {
    const { of } = await boot({
      nodes: [node('deaf', {}, { kind: 'store' }), node('waiting', { deaf: 'ready' })],
      start: { deaf: () => new Promise(() => {}) },
      bootTimeoutMs: 5,
    });
    expect(of('deaf')).toMatchObject({ state: 'failed', failure: { kind: 'timeout', by: 'harness' } });
    expect(of('waiting')).toMatchObject({
      state: 'not-started',
      failure: { openEdges: ['deaf: ready'], by: 'harness' },
    });
  });

  test('an interrupted boot returns what it has', async () => {
    const interruption = new AbortController();
    const { of } = await boot({
      nodes: [node('a'), node('b', { a: 'ready' })],
      start: {
        a: (attempt) => {
          queueMicrotask(() => interruption.abort());
          return forever(attempt);
        },
      },
      signal: interruption.signal,
    });
    expect(of('a')?.failure?.cause).toBe('the run was interrupted');
    expect(of('b')?.state).toBe('not-started');
  });

  test('an error that is no failure of a node ends the boot after the others were told to stop', async () => {
    let told = false;
    const booting = boot({
      nodes: [node('a'), node('b')],
      start: {
        a: async () => {
          throw new TypeError('a defect');
        },
        b: (attempt) =>
          forever(attempt).finally(() => {
            told = true;
          }),
      },
    });
    await expect(booting).rejects.toThrow('a defect');
    expect(told).toBe(true);
  });

  test('a job is completed, not ready, when it succeeds', async () => {
    const { of } = await boot({
      nodes: [node('migrate', {}, { kind: 'job' }), node('a', { migrate: 'completed' })],
    });
    expect(of('a')?.state).toBe('ready');
  });
});
