import type { StackAddresses } from '../../stack.ts';
import {
  flowOrder,
  type LoadPlan,
  type LoadStage,
  peakRate,
  rejectInvalidPlan,
  stepName,
  virtualUsers,
} from './load-plan.ts';

/** What begins the line with a runner's report: this, the SHA-256 of the JSON, the JSON. */
export const reportMarker = 'READINESS_LOAD_RUNNER/1';

/** Maximum time of one request, seconds; a request without a response counts as failed. */
const requestTimeoutS = 10;

/** What a runner reports about itself on standard output. Without it the script writes k6's summary to a file. */
export interface K6Report {
  /** The same for all runners of one load. */
  runId: string;
  profile: string;
  /**
   * Upper bounds of the buckets of response times, milliseconds, ascending. Slower responses have a bucket of their
   * own.
   */
  boundsMs: readonly number[];
  /** Minimum number of tokens in the variable `LOAD_TOKENS`. */
  tokens: number;
}

/** The file that the script reads. It may contain tokens, so it never becomes a command-line argument. */
export interface K6Plan {
  /** Iterations per second; of the first stage where there are several. */
  rate: number;
  durationS: number;
  /** All stages of a load with several; null: one rate for the whole time. */
  stages: readonly LoadStage[] | null;
  /** A closed load instead of a rate. */
  closed: { iterations: number; concurrency: number } | null;
  preAllocatedVUs: number;
  maxVUs: number;
  requestTimeoutS: number;
  gracefulStopS: number;
  summaryFile: string | null;
  /** The trace of all requests; null: each request begins a trace of its own. */
  traceId: string | null;
  /** See `LoadPlan`. */
  sampledShare: number;
  report: K6Report | null;
  requests: {
    name: string;
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string | null;
    /** Token of a WebSocket's first frame; null: a request. */
    socketToken: string | null;
    expectedStatuses: readonly number[];
  }[];
  /** Indexes of requests, of each flow. */
  flows: number[][];
  /** Indexes of flows in the order of iterations, until it repeats. */
  order: number[];
}

/** The plan in the terms of k6. Every iteration may finish, so slow responses count too. */
export function toK6Plan(
  plan: LoadPlan,
  options: {
    services: Readonly<Partial<StackAddresses['services']>>;
    summaryFile?: string;
    traceId?: string;
    report?: K6Report;
    /** Number of k6 processes that share the load; each needs a virtual user. Default 1. */
    runners?: number;
  },
): K6Plan {
  rejectInvalidPlan(plan);
  // The reference server is a part of the embedded engine.
  const flows = plan.flows.filter(({ steps }) => steps.every(({ service }) => service !== 'reference'));
  const users = virtualUsers(peakRate(plan), plan.iterationP99Ms ?? 1000);
  const preAllocated = Math.max(users.preAllocated, 2 * (options.runners ?? 1));
  const steps = flows.flatMap((flow) => flow.steps);
  const stages = 'stages' in plan.model ? plan.model.stages : [];
  let next = 0;
  return {
    rate: stages[0]?.rate ?? 0,
    durationS: stages.reduce((sum, { duration }) => sum + duration, 0),
    stages: stages.length > 1 ? stages : null,
    closed: 'stages' in plan.model ? null : plan.model,
    preAllocatedVUs: preAllocated,
    maxVUs: Math.max(users.max, preAllocated),
    requestTimeoutS,
    gracefulStopS: requestTimeoutS * Math.max(...flows.map((flow) => flow.steps.length)) + 5,
    summaryFile: options.summaryFile ?? null,
    traceId: options.traceId ?? null,
    sampledShare: plan.sampledShare ?? 1,
    report: options.report ?? null,
    requests: steps.map((step) => toRequest(step, options.services)),
    flows: flows.map((flow) => flow.steps.map(() => next++)),
    order: flowOrder(flows),
  };
}

function toRequest(
  step: LoadPlan['flows'][number]['steps'][number],
  services: Readonly<Partial<StackAddresses['services']>>,
): K6Plan['requests'][number] {
  const { service, method, path, token, body, headers, socket = false, expectedStatuses } = step;
  const base = addressOf(service, services);
  return {
    name: stepName(step),
    method,
    url: `${socket ? base.replace(/^http/, 'ws') : base}${path}`,
    headers: {
      ...(token === undefined || socket ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    socketToken: socket ? (token ?? '') : null,
    expectedStatuses,
  };
}

function addressOf(
  service: LoadPlan['flows'][number]['steps'][number]['service'],
  services: Readonly<Partial<StackAddresses['services']>>,
): string {
  if (service === 'reference') throw new RangeError('k6 has no reference server.');
  const url = services[service];
  if (url === undefined) throw new RangeError(`The load has requests to ${service}, which has no address.`);
  return url;
}

/**
 * The script for k6, with its own metrics: `failed` counts requests without a response or with an unexpected status;
 * `response_ms` contains expected responses only. With a report in the plan, it also counts response times in buckets,
 * because k6's own percentiles of several runners cannot be combined. Virtual users share nothing but metrics, and the
 * summary separates a metric by tag only where a threshold names the tag. So each bucket has a threshold, which is
 * always met. (A metric for each bucket would take 7 MB of memory in each virtual user.)
 */
export const k6Script = `import crypto from 'k6/crypto';
import exec from 'k6/execution';
import http from 'k6/http';
import ws from 'k6/ws';
import { Counter, Gauge, Trend } from 'k6/metrics';

const planText = open('./plan.json');
const scriptText = open('./script.js');
const plan = JSON.parse(planText);
const report = plan.report;
const sent = new Counter('sent');
const failed = new Counter('failed');
const responseMs = new Trend('response_ms', true);
const tokens = (__ENV.LOAD_TOKENS || '').split(/[\\s,]+/).filter((token) => token !== '');
const outcomes = ['expected', 'unexpected', 'none'];
const histograms = report === null ? [] : plan.requests.map((_, request) =>
  outcomes.map((outcome) => ({
    range: new Gauge('range_' + request + '_' + outcome),
    sum: new Counter('sum_' + request + '_' + outcome),
    buckets: new Counter('bucket_' + request + '_' + outcome),
  })),
);

export const options = {
  discardResponseBodies: true,
  throw: false,
  summaryTrendStats: ['count', 'min', 'med', 'p(95)', 'p(99)', 'max'],
  // k6 takes the options from the first run of this file, whose __VU is 0.
  thresholds: __VU === 0 ? thresholdsOfBuckets() : {},
  scenarios: { load: Object.assign(executor(), { gracefulStop: plan.gracefulStopS + 's' }) },
};

function executor() {
  if (plan.closed !== null)
    return {
      executor: 'shared-iterations',
      iterations: plan.closed.iterations,
      vus: plan.closed.concurrency,
      maxDuration: '30m',
    };
  const users = { timeUnit: '1s', preAllocatedVUs: plan.preAllocatedVUs, maxVUs: plan.maxVUs };
  if (plan.stages === null)
    return Object.assign(users, {
      executor: 'constant-arrival-rate',
      rate: plan.rate,
      duration: plan.durationS + 's',
    });
  // A stage of no duration changes the rate at once.
  return Object.assign(users, {
    executor: 'ramping-arrival-rate',
    startRate: plan.rate,
    stages: plan.stages.flatMap(({ rate, duration }) => [
      { target: rate, duration: '0s' },
      { target: rate, duration: duration + 's' },
    ]),
  });
}

function nameOf(request, outcome, bucket) {
  return 'bucket_' + request + '_' + outcome + '{bucket:' + bucket + '}';
}

function thresholdsOfBuckets() {
  const thresholds = {};
  histograms.forEach((_, request) => outcomes.forEach((outcome) => {
    for (let bucket = 0; bucket <= report.boundsMs.length; bucket += 1)
      thresholds[nameOf(request, outcome, bucket)] = ['count>=0'];
  }));
  return thresholds;
}

function spanId() {
  let id = '';
  while (id.length < 16) id += Math.floor(Math.random() * 65536).toString(16).padStart(4, '0');
  return id;
}

/** The number of bounds below the time: a bucket includes its upper bound. */
function bucketOf(ms) {
  let from = 0;
  let to = report.boundsMs.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (report.boundsMs[middle] < ms) from = middle + 1;
    else to = middle;
  }
  return from;
}

export function setup() {
  if (report !== null && tokens.length < report.tokens)
    throw new Error('LOAD_TOKENS has ' + tokens.length + ' tokens, and this load needs at least ' + report.tokens);
  return { startedAt: Date.now() };
}

/** Opens a socket and returns 101 and the time until the token was confirmed; status 0: it never was. */
function openSocket({ url, socketToken }) {
  const startedAt = Date.now();
  const result = { status: 0, ms: 0 };
  ws.connect(url, {}, (socket) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token: socketToken })));
    socket.on('message', (text) => {
      result.status = text.includes('"authenticated"') ? 101 : 1;
      result.ms = Date.now() - startedAt;
      socket.close();
    });
    socket.on('error', () => socket.close());
    socket.setTimeout(() => socket.close(), plan.requestTimeoutS * 1000);
  });
  return result;
}

function send(request, own) {
  if (request.socketToken !== null) return openSocket(request);
  const { name, method, url, headers, body, expectedStatuses } = request;
  const response = http.request(method, url, body, {
    headers: Object.assign(own, headers),
    timeout: plan.requestTimeoutS + 's',
    redirects: 0,
    tags: { name },
    responseCallback: http.expectedStatuses(...expectedStatuses),
  });
  return { status: response.status, ms: response.timings.duration };
}

export default function () {
  const iteration = exec.scenario.iterationInTest;
  const flow = plan.flows[plan.order[iteration % plan.order.length]];
  for (let step = 0; step < flow.length; step += 1) {
    const index = flow[step];
    const request = plan.requests[index];
    const own = {};
    if (plan.traceId !== null) {
      const sampled = Math.random() < plan.sampledShare ? '01' : '00';
      own.traceparent = '00-' + plan.traceId + '-' + spanId() + '-' + sampled;
    }
    // Users take turns, so that none of them exceeds the limit of requests per user.
    if (report !== null && tokens.length > 0) {
      const turn = iteration * plan.requests.length + index;
      own.authorization = 'Bearer ' + tokens[turn % tokens.length];
    }
    const { status, ms } = send(request, own);
    const expected = request.expectedStatuses.includes(status);
    sent.add(1, { name: request.name, status: String(status) });
    if (expected) responseMs.add(ms);
    else failed.add(1);
    if (report !== null) {
      const histogram = histograms[index][expected ? 0 : status === 0 ? 2 : 1];
      histogram.range.add(ms);
      histogram.sum.add(ms);
      histogram.buckets.add(1, { bucket: String(bucketOf(ms)) });
    }
  }
}

export function handleSummary(data) {
  return report === null ? { [plan.summaryFile]: JSON.stringify(data) } : { stdout: reportLine(data) };
}

function reportLine({ metrics, setup_data }) {
  const countOf = (name) => (metrics[name] ? metrics[name].values.count : 0);
  const measured = [];
  plan.requests.forEach(({ name }, request) => {
    outcomes.forEach((outcome) => {
      const range = metrics['range_' + request + '_' + outcome];
      if (!range) return;
      const buckets = [];
      for (let bucket = 0; bucket <= report.boundsMs.length; bucket += 1) {
        const count = countOf(nameOf(request, outcome, bucket));
        if (count > 0) buckets.push([bucket, count]);
      }
      measured.push({
        request: name,
        outcome,
        count: buckets.reduce((sum, each) => sum + each[1], 0),
        sumMs: countOf('sum_' + request + '_' + outcome),
        minMs: range.values.min,
        maxMs: range.values.max,
        buckets,
      });
    });
  });
  const json = JSON.stringify({
    schema: 'readiness.load-runner/1',
    runId: report.runId,
    digest: crypto.sha256(planText + scriptText, 'hex'),
    settings: {
      profile: report.profile,
      rate: plan.rate,
      durationS: plan.durationS,
      requestTimeoutS: plan.requestTimeoutS,
      requests: plan.requests.map(({ name }) => name),
      boundsMs: report.boundsMs,
    },
    segment: exec.test.options.executionSegment || '0:1',
    sequence: exec.test.options.executionSegmentSequence || '0,1',
    startedAt: setup_data ? setup_data.startedAt : null,
    endedAt: Date.now(),
    iterations: countOf('iterations'),
    dropped: countOf('dropped_iterations'),
    ownMs: metrics.response_ms
      ? {
          p50: metrics.response_ms.values.med,
          p95: metrics.response_ms.values['p(95)'],
          p99: metrics.response_ms.values['p(99)'],
        }
      : null,
    histograms: measured,
  });
  return '\\n${reportMarker} ' + crypto.sha256(json, 'hex') + ' ' + json + '\\n';
}
`;
