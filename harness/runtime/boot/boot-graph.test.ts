import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BootEvent, EdgeCondition, StackNode } from '../runtime.ts';
import { bootGraph, type StartContext } from './boot-graph.ts';
import { NodeFailure } from './node-failure.ts';

interface Script {
  nodes: StackNode[];
  /** How each node starts; default: ready at once. */
  start?: Record<string, (context: StartContext) => Promise<void>>;
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

const forever = (context: StartContext) =>
  new Promise<void>((_, reject) =>
    context.signal.addEventListener('abort', () => reject(context.signal.reason)),
  );

async function boot(script: Script) {
  const events: BootEvent[] = [];
  let now = 0;
  const facts = await bootGraph({
    plan: { nodes: script.nodes, bootTimeoutMs: script.bootTimeoutMs ?? 60_000 },
    signal: script.signal ?? new AbortController().signal,
    start: (entry, context) => script.start?.[entry.name]?.(context) ?? Promise.resolve(),
    lastLines: (name) => [{ service: name, stream: 'stderr', text: `last line of ${name}` }],
    elapsedMs: () => ++now,
    onEvent: (event) => events.push(event),
  });
  return { facts, events, of: (name: string) => facts.find((entry) => entry.node === name) };
}

describe('booting along the graph', () => {
  test('starts no node of any graph before its edges are satisfied, and gets every node ready', async () => {
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

  test('satisfies a started edge before the node is ready', async () => {
    const order: string[] = [];
    const { promise: dependantRuns, resolve } = Promise.withResolvers<void>();
    const { facts } = await boot({
      nodes: [node('b', { a: 'started' }), node('a')],
      start: {
        a: async (context) => {
          context.started();
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

  test('does not start the dependants of a failed node, names the edge, and starts the others', async () => {
    const { of, facts } = await boot({
      nodes: [node('far', { near: 'started' }), node('near', { bad: 'ready' }), node('bad'), node('other')],
      start: {
        bad: async (context) => {
          context.probed('GET /ready → 503');
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
        logs: [{ text: 'last line of bad' }],
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

  test('starts a node that only needs the start of a node that fails later', async () => {
    const { of } = await boot({
      nodes: [node('a'), node('b', { a: 'started' })],
      start: {
        a: async (context) => {
          context.started();
          throw new NodeFailure('exited', 'product', 'exited');
        },
      },
    });
    expect(of('a')?.state).toBe('failed');
    expect(of('b')?.state).toBe('ready');
  });

  test('fails a node at its own time limit with the last observation of the probe', async () => {
    const { of } = await boot({
      nodes: [node('slow', {}, { startTimeoutMs: 5 }), node('quick')],
      start: {
        slow: (context) => {
          context.probed('GET /ready → no response');
          return forever(context);
        },
      },
    });
    expect(of('slow')).toMatchObject({
      state: 'failed',
      failure: { kind: 'timeout', by: 'product', lastProbe: 'GET /ready → no response' },
    });
    expect(of('quick')?.state).toBe('ready');
  });

  test('fails running and waiting nodes at the boot timeout, even if a start ignores its signal', async () => {
    const { of } = await boot({
      nodes: [node('stuck', {}, { kind: 'store' }), node('waiting', { stuck: 'ready' })],
      start: { stuck: () => new Promise(() => {}) },
      bootTimeoutMs: 5,
    });
    expect(of('stuck')).toMatchObject({ state: 'failed', failure: { kind: 'timeout', by: 'harness' } });
    expect(of('waiting')).toMatchObject({
      state: 'not-started',
      failure: { openEdges: ['stuck: ready'], by: 'harness' },
    });
  });

  test('returns the facts so far when the boot is interrupted', async () => {
    const interruption = new AbortController();
    const { of } = await boot({
      nodes: [node('a'), node('b', { a: 'ready' })],
      start: {
        a: (context) => {
          queueMicrotask(() => interruption.abort());
          return forever(context);
        },
      },
      signal: interruption.signal,
    });
    expect(of('a')?.failure?.cause).toBe('the run was interrupted');
    expect(of('b')?.state).toBe('not-started');
  });

  test('ends the boot on an error other than a node failure, after aborting the other starts', async () => {
    let aborted = false;
    const booting = boot({
      nodes: [node('a'), node('b')],
      start: {
        a: async () => {
          throw new TypeError('a defect');
        },
        b: (context) =>
          forever(context).finally(() => {
            aborted = true;
          }),
      },
    });
    await expect(booting).rejects.toThrow('a defect');
    expect(aborted).toBe(true);
  });

  test('satisfies a completed edge when a job succeeds', async () => {
    const { of } = await boot({
      nodes: [node('migrate', {}, { kind: 'job' }), node('a', { migrate: 'completed' })],
    });
    expect(of('a')?.state).toBe('ready');
  });
});
