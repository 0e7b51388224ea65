import { intendedStarts } from '../load-plan.ts';
import type { GeneratorPlan, GeneratorStep } from './generator-plan.ts';
import { LoadRecord, TimeRecord } from './record.ts';

export interface GenerateOptions {
  /** Sends a step and waits for the end of the response. @returns the status; 0: no response. Never throws. */
  send(step: GeneratorStep): Promise<number>;
  /** Monotonic milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface Generated {
  record: LoadRecord;
  /** How late iterations started. */
  lag: TimeRecord;
  iterations: number;
  dropped: number;
}

/** Sends the whole load and waits for the last response. */
export function generate(plan: GeneratorPlan, options: GenerateOptions): Promise<Generated> {
  return 'stages' in plan.model
    ? generateOpen(plan, plan.model, options)
    : generateClosed(plan, plan.model, options);
}

/**
 * Starts iterations at their intended times. The time of a first step counts from the intended start, so a platform that
 * stalls, or a generator that is late, cannot hide the wait of a user (coordinated omission). A later step begins with
 * the response to the one before it, as a user does.
 */
async function generateOpen(
  plan: GeneratorPlan,
  { stages }: Extract<GeneratorPlan['model'], { stages: unknown }>,
  options: GenerateOptions,
): Promise<Generated> {
  const halves = stages.length === 1;
  const [only] = stages;
  const half = ((only?.duration ?? 0) * 1000) / 2;
  const record = new LoadRecord(
    halves ? [only?.rate ?? 0, only?.rate ?? 0] : stages.map(({ rate }) => rate),
    plan.timeoutMs,
  );
  const lag = new TimeRecord(plan.timeoutMs);
  const beginMs = options.now();
  const running = new Set<Promise<void>>();
  let iterations = 0;
  let dropped = 0;
  let position = 0;
  for (const { atMs, stage } of intendedStarts(stages)) {
    const intendedMs = beginMs + atMs;
    // Iterations that are due start together, without a sleep between them.
    for (let wait = intendedMs - options.now(); wait > 0; wait = intendedMs - options.now())
      await options.sleep(wait);
    const part = halves ? Number(atMs >= half) : stage;
    // A dropped iteration keeps its place, so that the mix stays the same.
    const flow = plan.flows[plan.order[position % plan.order.length] ?? 0] ?? [];
    position += 1;
    if (running.size >= plan.maxInFlight) {
      dropped += 1;
      record.dropped(part);
      continue;
    }
    const startedMs = options.now();
    lag.add(startedMs - intendedMs, true);
    record.started(part, startedMs);
    iterations += 1;
    const iteration = runFlow(flow, { part, record, intendedMs, options }).finally(() =>
      running.delete(iteration),
    );
    running.add(iteration);
  }
  await Promise.all(running);
  return { record, lag, iterations, dropped };
}

/** A fixed number of iterations, each started when one before it has ended. */
async function generateClosed(
  plan: GeneratorPlan,
  { iterations, concurrency }: Extract<GeneratorPlan['model'], { iterations: number }>,
  options: GenerateOptions,
): Promise<Generated> {
  const record = new LoadRecord([null, null], plan.timeoutMs);
  let next = 0;
  const user = async (): Promise<void> => {
    while (next < iterations) {
      const position = next;
      next += 1;
      const flow = plan.flows[plan.order[position % plan.order.length] ?? 0] ?? [];
      const part = Number(position >= iterations / 2);
      const intendedMs = options.now();
      record.started(part, intendedMs);
      await runFlow(flow, { part, record, intendedMs, options });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, user));
  return { record, lag: new TimeRecord(plan.timeoutMs), iterations, dropped: 0 };
}

async function runFlow(
  flow: readonly GeneratorStep[],
  {
    part,
    record,
    intendedMs,
    options,
  }: { part: number; record: LoadRecord; intendedMs: number; options: GenerateOptions },
): Promise<void> {
  let startMs = intendedMs;
  for (const step of flow) {
    const status = await options.send(step);
    const endedAtMs = options.now();
    record.add({
      name: step.name,
      part,
      ms: endedAtMs - startMs,
      status,
      expected: step.expectedStatuses.includes(status),
      counts: step.kind !== 'reference',
      endedAtMs,
    });
    startMs = endedAtMs;
  }
}
