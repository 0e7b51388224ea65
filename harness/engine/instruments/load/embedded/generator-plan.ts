import {
  flowOrder,
  type LoadPlan,
  peakRate,
  rejectInvalidPlan,
  stepName,
  virtualUsers,
} from '../load-plan.ts';

const isLoopback = (url: string): boolean => /^127\.|^localhost$/.test(URL.parse(url)?.hostname ?? '');

/** Maximum time of one request, milliseconds; a request without a response by then counts as failed. */
export const requestTimeoutMs = 10_000;

/** A step with everything the generator needs to send it. */
export interface GeneratorStep {
  name: string;
  kind: 'http' | 'socket' | 'reference';
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
  /** Token of a socket's first frame. */
  token: string | null;
  from: string | null;
  expectedStatuses: readonly number[];
}

/** What the generator reads. It may contain tokens, so it never becomes a command-line argument. */
export interface GeneratorPlan {
  model: LoadPlan['model'];
  /** Steps of each flow. */
  flows: readonly (readonly GeneratorStep[])[];
  /** Indexes of flows in the order of iterations, until it repeats. */
  order: readonly number[];
  /** Maximum number of iterations at the same time. */
  maxInFlight: number;
  timeoutMs: number;
  /** The trace of all requests. */
  traceId: string;
  /** See `LoadPlan`. */
  sampledShare: number;
}

/** @param addressOf the base URL of a service */
export function toGeneratorPlan(
  plan: LoadPlan,
  options: {
    addressOf(service: Exclude<LoadPlan['flows'][number]['steps'][number]['service'], 'reference'>): string;
    traceId: string;
  },
): GeneratorPlan {
  rejectInvalidPlan(plan);
  return {
    model: plan.model,
    flows: plan.flows.map(({ steps }) => steps.map((step) => toGeneratorStep(step, options.addressOf))),
    order: flowOrder(plan.flows),
    maxInFlight:
      'stages' in plan.model
        ? virtualUsers(peakRate(plan), plan.iterationP99Ms ?? 1000).max
        : plan.model.concurrency,
    timeoutMs: requestTimeoutMs,
    traceId: options.traceId,
    sampledShare: plan.sampledShare ?? 1,
  };
}

function toGeneratorStep(
  step: LoadPlan['flows'][number]['steps'][number],
  addressOf: Parameters<typeof toGeneratorPlan>[1]['addressOf'],
): GeneratorStep {
  const { service, method, path, token, body, headers, from, expectedStatuses, socket = false } = step;
  const base = service === 'reference' ? '' : addressOf(service);
  return {
    name: stepName(step),
    kind: service === 'reference' ? 'reference' : socket ? 'socket' : 'http',
    method,
    url: `${socket ? base.replace(/^http/, 'ws') : base}${path}`,
    headers: {
      ...(token === undefined || socket ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    token: socket ? (token ?? null) : null,
    // An address of this machine's loopback reaches loopback only.
    from: from !== undefined && isLoopback(base) ? from : null,
    expectedStatuses,
  };
}
