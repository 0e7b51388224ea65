import { availableParallelism, loadavg } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from './generate.ts';
import type { GeneratorOutput } from './generator-output.ts';
import type { GeneratorPlan } from './generator-plan.ts';
import { startReferenceServer } from './reference-server.ts';
import { openSender } from './send-step.ts';

// The load generator: a process of its own, so that the harness does not delay it. The plan comes on standard input, the
// figures leave as one line of JSON.
const plan: GeneratorPlan = JSON.parse(await text(process.stdin));
const steps = plan.flows.flat();
await using reference = steps.some(({ kind }) => kind === 'reference') ? await startReferenceServer() : null;
await using sender = openSender(plan, reference?.url);
using delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const before = performance.eventLoopUtilization();
const processorBefore = process.cpuUsage();
const { record, lag, iterations, dropped } = await generate(plan, {
  send: (step) => sender.send(step),
  now: () => performance.now(),
  sleep: (ms) => sleep(ms),
});
const processor = process.cpuUsage(processorBefore);
const { p50Ms, p95Ms, p99Ms, total, failed } = record.all.figures();
const output: GeneratorOutput = {
  summary: { total, failed, dropped, iterations, p50Ms, p95Ms, p99Ms },
  steps: record.steps(),
  parts: record.parts(),
  // A closed load has no intended starts: then the delay of the event loop shows how late the generator is.
  lagP99Ms: 'stages' in plan.model ? lag.figures().p99Ms : Math.max(0, delay.percentile(99) / 1e6 - 5),
  loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - 5),
  busy: performance.eventLoopUtilization(before).utilization,
  waitingPerCore: (loadavg()[0] ?? 0) / availableParallelism(),
  problems: sender.problems,
  processorMs: (processor.user + processor.system) / 1000,
};
process.stdout.write(`${JSON.stringify(output)}\n`);
