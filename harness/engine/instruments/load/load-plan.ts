import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** One request of a user, or one connection. */
export interface LoadStep {
  /**
   * `reference` is a bare server of the load generator itself: what a request costs on this machine at this moment.
   */
  service: ServiceName | 'reference';
  method: string;
  /** Path and query. */
  path: string;
  /** Name in figures, e.g. `GET /api/users/:id`. Steps of one name are counted together. Default: method and path. */
  name?: string;
  token?: string;
  /** Sent as JSON unless it is a string, which needs a content type in `headers`. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Source address, where the machine has several. Default: the system's choice. k6 has one for the whole load. */
  from?: string;
  /**
   * Opens a WebSocket, authenticates with the token, waits for the confirmation and closes it. `expectedStatuses` is
   * then `[101]`. Default false.
   */
  socket?: boolean;
  /** Statuses that count as success; any other status, or no response, is a failure. */
  expectedStatuses: readonly number[];
}

/** A request to the reference server. */
export const referenceStep = {
  service: 'reference',
  method: 'GET',
  path: '/',
  name: 'reference server',
  expectedStatuses: [200],
} as const satisfies LoadStep;

/** What one user does in a row: each step begins when the response to the one before has arrived. */
export interface LoadFlow {
  name: string;
  /** Share of the iterations relative to the other flows, whole number from 1. */
  weight: number;
  steps: readonly LoadStep[];
}

/** A part of an open load: iterations start at a constant rate, independent of the responses. */
export interface LoadStage {
  /** Iterations started per second, of all flows together. */
  rate: number;
  /** Seconds. */
  duration: number;
}

/** Load as data. Every generator sends the same from it: same flows, in the same order, at the same times. */
export interface LoadPlan {
  name: string;
  flows: readonly LoadFlow[];
  /**
   * Open model: the rate over time. Closed model: a fixed number of iterations, so many at a time; then the platform
   * sets the rate itself.
   */
  model: { stages: readonly LoadStage[] } | { iterations: number; concurrency: number };
  /**
   * Expected 99th percentile of the duration of an iteration, milliseconds; determines how many iterations can run
   * at the same time in an open load. Default 1,000.
   */
  iterationP99Ms?: number;
  /** Share of the requests of which the services record spans, 0–1. Default 1. */
  sampledShare?: number;
}

/** @throws RangeError for a plan that no generator can send */
export function rejectInvalidPlan({ name, flows, model }: LoadPlan): void {
  const reject = (reason: string): never => {
    throw new RangeError(`The load ${name} is invalid: ${reason}.`);
  };
  if (flows.length === 0) reject('it has no flows');
  for (const { name: flow, weight, steps } of flows) {
    if (!Number.isInteger(weight) || weight < 1) reject(`the weight of ${flow} is ${weight}`);
    if (steps.length === 0) reject(`${flow} has no steps`);
  }
  const numbers =
    'stages' in model ? model.stages.flatMap(({ rate, duration }) => [rate, duration]) : Object.values(model);
  if (numbers.length === 0 || numbers.some((value) => !(value > 0)))
    reject('a rate or a number is not above 0');
}

export const stepName = ({ name, method, path }: Pick<LoadStep, 'name' | 'method' | 'path'>): string =>
  name ?? `${method} ${path}`;

/**
 * The order of flows, as indexes, until it repeats. Flows with a weight above 1 are spread evenly, so that every part of
 * a load has the same mix.
 */
export function flowOrder(flows: readonly Pick<LoadFlow, 'weight'>[]): number[] {
  const total = flows.reduce((sum, { weight }) => sum + weight, 0);
  const credit = flows.map(() => 0);
  return Array.from({ length: total }, () => {
    let next = 0;
    for (const [index, { weight }] of flows.entries()) {
      credit[index] = (credit[index] ?? 0) + weight;
      if ((credit[index] ?? 0) > (credit[next] ?? 0)) next = index;
    }
    credit[next] = (credit[next] ?? 0) - total;
    return next;
  });
}

/** Intended start of each iteration of an open load, milliseconds from its begin, with the index of its stage. */
export function* intendedStarts(stages: readonly LoadStage[]): Generator<{ atMs: number; stage: number }> {
  let beginMs = 0;
  for (const [stage, { rate, duration }] of stages.entries()) {
    const count = Math.round(rate * duration);
    for (let index = 0; index < count; index += 1) yield { atMs: beginMs + (index * 1000) / rate, stage };
    beginMs += duration * 1000;
  }
}

/**
 * Iterations of an open load that may run at the same time: Little's law plus a half. The maximum, beyond which
 * iterations are dropped, is four times as high.
 */
export function virtualUsers(rate: number, iterationP99Ms: number): { preAllocated: number; max: number } {
  const preAllocated = Math.max(2, Math.ceil(rate * (iterationP99Ms / 1000) * 1.5));
  return { preAllocated, max: preAllocated * 4 };
}

/** Maximum rate of a plan, iterations per second; 0 for a closed load. */
export function peakRate({ model }: Pick<LoadPlan, 'model'>): number {
  return 'stages' in model ? Math.max(...model.stages.map(({ rate }) => rate)) : 0;
}
