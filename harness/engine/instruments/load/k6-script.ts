import type { StackAddresses } from '../../stack.ts';
import type { LoadPlan } from './load.ts';

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
  rate: number;
  durationS: number;
  preAllocatedVUs: number;
  maxVUs: number;
  requestTimeoutS: number;
  gracefulStopS: number;
  summaryFile: string | null;
  /** The trace of all requests; null: each request begins a trace of its own. */
  traceId: string | null;
  report: K6Report | null;
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
  options: {
    services: Readonly<Partial<StackAddresses['services']>>;
    summaryFile?: string;
    traceId?: string;
    report?: K6Report;
    /** Number of k6 processes that share the load; each needs a virtual user. Default 1. */
    runners?: number;
  },
): K6Plan {
  const users = virtualUsers(plan.rate, plan.iterationP99Ms ?? 1000);
  const preAllocated = Math.max(users.preAllocated, 2 * (options.runners ?? 1));
  return {
    rate: plan.rate,
    durationS: plan.duration,
    preAllocatedVUs: preAllocated,
    maxVUs: Math.max(users.max, preAllocated),
    requestTimeoutS,
    gracefulStopS: requestTimeoutS * plan.requests.length + 5,
    summaryFile: options.summaryFile ?? null,
    traceId: options.traceId ?? null,
    report: options.report ?? null,
    requests: plan.requests.map(({ service, method, path, token, body, expectedStatuses }) => ({
      name: `${method} ${path}`,
      method,
      url: `${addressOf(service, options.services)}${path}`,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      expectedStatuses,
    })),
  };
}

function addressOf(
  service: LoadPlan['requests'][number]['service'],
  services: Readonly<Partial<StackAddresses['services']>>,
): string {
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

export default function () {
  for (let index = 0; index < plan.requests.length; index += 1) {
    const { name, method, url, headers, body, expectedStatuses } = plan.requests[index];
    const own = {};
    if (plan.traceId !== null) own.traceparent = '00-' + plan.traceId + '-' + spanId() + '-01';
    // Users take turns, so that none of them exceeds the limit of requests per user.
    if (report !== null && tokens.length > 0) {
      const turn = exec.scenario.iterationInTest * plan.requests.length + index;
      own.authorization = 'Bearer ' + tokens[turn % tokens.length];
    }
    const response = http.request(method, url, body, {
      headers: Object.assign(own, headers),
      timeout: plan.requestTimeoutS + 's',
      redirects: 0,
      tags: { name },
      responseCallback: http.expectedStatuses(...expectedStatuses),
    });
    const expected = expectedStatuses.includes(response.status);
    const ms = response.timings.duration;
    sent.add(1, { name, status: String(response.status) });
    if (expected) responseMs.add(ms);
    else failed.add(1);
    if (report !== null) {
      const histogram = histograms[index][expected ? 0 : response.status === 0 ? 2 : 1];
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
