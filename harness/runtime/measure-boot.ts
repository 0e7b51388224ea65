/**
 * Boots the platform several times and prints the times of all nodes, as medians in milliseconds.
 *
 *     node_modules/.bin/node harness/runtime/measure-boot.ts [--runs 7] [--source] [--only user-service,…]
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BootFacts } from '../evidence/facts.ts';
import { createProcessRuntime } from './process/process-runtime.ts';
import { findDescendants, processorTimeMs } from './process/process-table.ts';
import { startReaper } from './reaper/reaper.ts';
import type { BootEvent, StackPlan } from './runtime.ts';
import { platformStack } from './stack/platform-stack.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    source: { type: 'boolean', default: false },
    /** Services to boot in addition to stores and migrations; default: all. */
    only: { type: 'string' },
  },
});

interface Sample {
  /** Time from the start of the boot until each node was started, and until it was ready, milliseconds. */
  started: Map<string, number>;
  ready: Map<string, number>;
  total: number;
  /** Processor time of all processes that run at the end of the boot, milliseconds. */
  processor: number;
  /** The same by program. */
  processors: Map<string, number>;
  stop: number;
  failed: BootFacts[];
}

function chosenPlan(only: string | undefined): StackPlan {
  const plan = platformStack({ fixedPorts: false, bootTimeoutMs: 60_000 });
  if (only === undefined) return plan;
  const services = new Set(only.split(',').filter(Boolean));
  const nodes = plan.nodes.filter(({ kind, name }) => kind !== 'service' || services.has(name));
  const names = new Set(nodes.map(({ name }) => name));
  return {
    ...plan,
    nodes: nodes.map((node) => ({
      ...node,
      dependsOn: Object.fromEntries(Object.entries(node.dependsOn).filter(([name]) => names.has(name))),
    })),
  };
}

async function bootOnce(plan: StackPlan, index: number): Promise<Sample> {
  const runDir = await mkdtemp(join(tmpdir(), 'measure-boot-'));
  const packageRoot = join(import.meta.dirname, '..', '..');
  const runId = `measure-${process.pid}-${index}`;
  await using reaper = startReaper({ runId });
  const sample: Sample = {
    started: new Map(),
    ready: new Map(),
    total: 0,
    processor: 0,
    processors: new Map(),
    stop: 0,
    failed: [],
  };
  const onEvent = (event: BootEvent): void => {
    if (event.type === 'starting') sample.started.set(event.node, event.atMs);
    if (event.type === 'ready') sample.ready.set(event.node, event.atMs);
  };
  const bootStart = performance.now();
  const stack = await createProcessRuntime({
    packageRoot,
    cacheDir: join(packageRoot, '.cache'),
    searchPath: process.env.PATH ?? '',
    reaper,
    source: values.source,
  }).boot(plan, { runId, runDir, signal: new AbortController().signal, onEvent });
  sample.total = performance.now() - bootStart;
  for (const { pid } of findDescendants([process.pid])) {
    const spent = processorTimeMs(pid);
    sample.processor += spent;
    const name = programOf(pid);
    sample.processors.set(name, (sample.processors.get(name) ?? 0) + spent);
  }
  sample.failed = stack.boot.filter(({ state }) => state !== 'ready');
  const stopStart = performance.now();
  await stack.stop();
  sample.stop = performance.now() - stopStart;
  await rm(runDir, { recursive: true });
  return sample;
}

/** The service that a process runs, or else the name of its program. */
function programOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    const service = words.map((word) => /([a-z-]+)(?:\/main)?\.(?:mjs|cjs|js|ts)$/.exec(word)?.[1]);
    return service.find((name) => name !== undefined) ?? basename(words[0]?.split(' ')[0] ?? '');
  } catch {
    return 'ended';
  }
}

function median(numbers: readonly (number | undefined)[]): string {
  const sorted = numbers.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return middle === undefined ? '–' : middle.toFixed(0);
}

const plan = chosenPlan(values.only);
// The first boot fills the caches and does not count: processes write their compiled code when they exit.
const first = await bootOnce(plan, 0);
for (const { node, failure } of first.failed)
  console.log(`${node}: ${failure?.cause} ${failure?.lastProbe ?? ''}`);
const samples: Sample[] = [];
for (let run = 1; run <= Number(values.runs); run += 1) samples.push(await bootOnce(plan, run));

console.log(`first boot ${first.total.toFixed(0)}; then medians of ${samples.length} boots, milliseconds`);
console.log('node                   started   ready');
for (const { name } of plan.nodes) {
  const started = median(samples.map((sample) => sample.started.get(name)));
  const ready = median(samples.map((sample) => sample.ready.get(name)));
  console.log(`${name.padEnd(22)} ${started.padStart(7)} ${ready.padStart(7)}`);
}
console.log(
  `whole boot ${median(samples.map(({ total }) => total))} (${samples.map(({ total }) => total.toFixed(0)).join(' ')})`,
);
console.log(`processor  ${median(samples.map(({ processor }) => processor))} (sum of all processes)`);
for (const name of new Set(samples.flatMap(({ processors }) => [...processors.keys()])))
  console.log(
    `  ${name.padEnd(20)} ${median(samples.map(({ processors }) => processors.get(name))).padStart(7)}`,
  );
console.log(`load       ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`);
console.log(`stop       ${median(samples.map(({ stop }) => stop))}`);
