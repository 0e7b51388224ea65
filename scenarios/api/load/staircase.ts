import type { CheckContext, Json, LoadFlow, LoadResult, LoadStage } from '../../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import { parsePrometheus } from '../../services/prometheus-text.ts';

/** A step is kept up with when it meets these: the limits of the assessment for stress. */
const maxErrorShare = 0.05;
const maxP95Ms = 500;

/** How busy the process of a service was during a step. */
interface Busy {
  service: ServiceName;
  /** Processor time per second, 1 is one core. */
  cores: number;
  /** 99th percentile of the delay of its event loop, milliseconds. */
  loopDelayMs: number;
}

interface Step {
  rate: number;
  requestsPerSecond: number;
  failed: number;
  total: number;
  dropped: number;
  p95Ms: number;
  keptUp: boolean;
  generator: LoadResult['generator'];
  busiest: Busy[];
}

/**
 * Sends one step after the other until the platform no longer keeps up: the knee is between that step and the one before.
 * @throws MissingCapability when the generator is saturated before the platform is
 */
export async function staircaseRun(
  context: CheckContext,
  { flows, stages }: { flows: readonly LoadFlow[]; stages: readonly LoadStage[] },
): Promise<{ sustained: number; staircase: number }> {
  const steps: Step[] = [];
  for (const stage of stages) {
    const before = await processorSeconds(context);
    const startedAt = performance.now();
    const result = await context.load.run({ name: `step-${stage.rate}`, flows, model: { stages: [stage] } });
    const seconds = (performance.now() - startedAt) / 1000;
    const step = toStep(stage.rate, result, busiest(before, await processorSeconds(context), seconds));
    steps.push(step);
    if (!step.keptUp) break;
  }
  await context.keep('staircase.json', { steps, ends: endOf(steps) } as unknown as Json);
  return {
    sustained: Math.max(0, ...steps.filter(({ keptUp }) => keptUp).map(({ rate }) => rate)),
    staircase: steps.length,
  };
}

function toStep(rate: number, result: LoadResult, busy: Busy[]): Step {
  const { failed, total, dropped, p95Ms, parts, generator } = result;
  return {
    rate,
    requestsPerSecond: parts.reduce((sum, part) => sum + part.requestsPerSecond, 0) / parts.length,
    failed,
    total,
    dropped,
    p95Ms,
    keptUp: failed / Math.max(1, total) <= maxErrorShare && p95Ms <= maxP95Ms && dropped === 0,
    generator,
    busiest: busy,
  };
}

/** What ended the staircase: the first of these that explains it. */
export function endOf(steps: readonly Pick<Step, 'keptUp' | 'rate' | 'busiest' | 'generator'>[]): string {
  const last = steps.at(-1);
  if (last === undefined || last.keptUp) return 'Every step was kept up with; the knee is above them.';
  const [first] = last.busiest;
  if (first && first.cores > 0.8)
    return `${first.service} used ${Math.round(first.cores * 100)} % of a core: its event loop is the limit.`;
  const total = last.busiest.reduce((sum, { cores }) => sum + cores, 0);
  if (last.generator.saturated !== undefined)
    return `The generator was saturated: ${last.generator.saturated}. The knee of the platform is above this step, or the machine is full (services used ${total.toFixed(1)} cores).`;
  return `No service was busy (the busiest: ${first?.service ?? 'none'}, ${Math.round((first?.cores ?? 0) * 100)} % of a core): look at connections, locks and limits.`;
}

interface Counters {
  seconds: number;
  loopDelayMs: number;
}

async function processorSeconds({ http }: CheckContext): Promise<Map<ServiceName, Counters>> {
  const entries = serviceNames.map(async (service): Promise<[ServiceName, Counters]> => {
    const { text } = await http.request(service, '/metrics', { maxBodyBytes: 16 * 1024 * 1024 });
    const { samples } = parsePrometheus(text);
    const figure = (name: string) => samples.find((sample) => sample.name === name)?.value ?? 0;
    return [
      service,
      {
        seconds: figure('process_cpu_seconds_total'),
        loopDelayMs: figure('nodejs_eventloop_lag_p99_seconds') * 1000,
      },
    ];
  });
  return new Map(await Promise.all(entries));
}

function busiest(
  before: ReadonlyMap<ServiceName, Counters>,
  after: ReadonlyMap<ServiceName, Counters>,
  seconds: number,
): Busy[] {
  return [...after]
    .map(([service, { seconds: used, loopDelayMs }]) => ({
      service,
      cores: (used - (before.get(service)?.seconds ?? 0)) / seconds,
      loopDelayMs,
    }))
    .sort((a, b) => b.cores - a.cores)
    .slice(0, 4);
}
