import type { StackAddresses } from '../../stack.ts';
import type { LoadPlan } from './load.ts';

/** Maximum time of one request, seconds; a request without a response counts as failed. */
const requestTimeoutS = 10;

/** The file that the script reads. It contains tokens, so it never becomes a command-line argument. */
export interface K6Plan {
  rate: number;
  durationS: number;
  preAllocatedVUs: number;
  maxVUs: number;
  requestTimeoutS: number;
  gracefulStopS: number;
  summaryFile: string;
  traceId: string;
  requests: {
    name: string;
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string | null;
    expectedStatuses: readonly number[];
  }[];
}

/**
 * Virtual users needed for the rate: Little's law plus a half. The maximum, beyond which iterations are dropped, is
 * four times as high.
 */
export function virtualUsers(rate: number, iterationP99Ms: number): { preAllocated: number; max: number } {
  const preAllocated = Math.max(2, Math.ceil(rate * (iterationP99Ms / 1000) * 1.5));
  return { preAllocated, max: preAllocated * 4 };
}

/** The plan in the terms of k6. Every iteration may finish, so slow responses count too. */
export function toK6Plan(
  plan: LoadPlan,
  options: { services: StackAddresses['services']; summaryFile: string; traceId: string },
): K6Plan {
  const users = virtualUsers(plan.rate, plan.iterationP99Ms ?? 1000);
  return {
    rate: plan.rate,
    durationS: plan.duration,
    preAllocatedVUs: users.preAllocated,
    maxVUs: users.max,
    requestTimeoutS,
    gracefulStopS: requestTimeoutS * plan.requests.length + 5,
    summaryFile: options.summaryFile,
    traceId: options.traceId,
    requests: plan.requests.map(({ service, method, path, token, body, expectedStatuses }) => ({
      name: `${method} ${path}`,
      method,
      url: `${options.services[service]}${path}`,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      expectedStatuses,
    })),
  };
}

/**
 * The script for k6, with its own metrics: `failed` counts requests without a response or with an unexpected status;
 * `response_ms` contains expected responses only.
 */
export const k6Script = `import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';

const plan = JSON.parse(open('./plan.json'));
const sent = new Counter('sent');
const failed = new Counter('failed');
const responseMs = new Trend('response_ms', true);

export const options = {
  discardResponseBodies: true,
  throw: false,
  summaryTrendStats: ['count', 'min', 'med', 'p(95)', 'p(99)', 'max'],
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: plan.rate,
      timeUnit: '1s',
      duration: plan.durationS + 's',
      preAllocatedVUs: plan.preAllocatedVUs,
      maxVUs: plan.maxVUs,
      gracefulStop: plan.gracefulStopS + 's',
    },
  },
};

function spanId() {
  let id = '';
  while (id.length < 16) id += Math.floor(Math.random() * 65536).toString(16).padStart(4, '0');
  return id;
}

export default function () {
  for (const { name, method, url, headers, body, expectedStatuses } of plan.requests) {
    const response = http.request(method, url, body, {
      headers: Object.assign({ traceparent: '00-' + plan.traceId + '-' + spanId() + '-01' }, headers),
      timeout: plan.requestTimeoutS + 's',
      redirects: 0,
      tags: { name },
      responseCallback: http.expectedStatuses(...expectedStatuses),
    });
    sent.add(1, { name, status: String(response.status) });
    if (expectedStatuses.includes(response.status)) responseMs.add(response.timings.duration);
    else failed.add(1);
  }
}

export function handleSummary(data) {
  return { [plan.summaryFile]: JSON.stringify(data) };
}
`;
