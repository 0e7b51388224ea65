import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Ways in which an upstream fails. */
export const failures = [
  'limited',
  'limitedForLong',
  'failing',
  'silent',
  'stalled',
  'malformed',
  'cutOff',
  'endless',
  'page',
  'errorBody',
  'redirect',
  'prototype',
  'large',
] as const;
export type Failure = (typeof failures)[number];

/** An Airtable on the loopback interface that fails as its caller asks. */
export interface AirtableStub extends AsyncDisposable {
  readonly url: string;
  /** Requests for the base of a failure: when they arrived, of `performance.now()`. */
  arrivals(failure: Failure): readonly number[];
  /** Requests for the place to which the redirect leads. */
  readonly followed: readonly string[];
  /** From now on there are records instead of failures. */
  heal(): void;
}

/** Id of the base whose requests meet the failure. */
export const baseOf = (failure: Failure): string => `app${`Drill${failure}`.padEnd(14, '0').slice(0, 14)}`;

/** `Retry-After` of the two limits, seconds: one that the platform waits for, and one that it passes on. */
export const retryAfterS = { limited: 1, limitedForLong: 30 } as const;
/** Size of the one value of the large page, characters; ten million together. */
const largeValue = 100_000;

const record = (number: number, fields: object) => ({
  id: `rec${String(number).padStart(14, '0')}`,
  createdTime: '2026-01-02T03:04:05.000Z',
  fields,
});
const page = JSON.stringify({ records: [record(1, { Name: 'Ada' })] });
const json = { 'content-type': 'application/json; charset=utf-8' };
const chunk = `${'x'.repeat(65_536)}`;

/** Writes until the other side hangs up, so that only a limit of size ends it. */
function writeForever(response: ServerResponse): void {
  while (!response.destroyed && response.write(chunk));
  if (!response.destroyed) response.once('drain', () => writeForever(response));
}

/** Sends the response of one failure. `arrived` is the number of requests that have met it, with this one. */
type Fail = (response: ServerResponse, arrived: number) => void;

const sending =
  (status: number, body: string, headers: Readonly<Record<string, string>> = json): Fail =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };
const limiting = (failure: keyof typeof retryAfterS): Fail =>
  sending(429, '{"errors":[{"error":"RATE_LIMIT_REACHED"}]}', {
    ...json,
    'retry-after': String(retryAfterS[failure]),
  });
const starting =
  (afterwards: (response: ServerResponse) => void): Fail =>
  (response) => {
    response.writeHead(200, { ...json, 'content-length': String(page.length) });
    response.write(page.slice(0, 20), () => afterwards(response));
  };
const serverError = '{"error":{"type":"SERVER_ERROR","message":"secret detail of the upstream"}}';

const fails: Readonly<Record<Failure, Fail>> = {
  limited: (response, arrived) => (arrived > 1 ? sending(200, page) : limiting('limited'))(response, arrived),
  limitedForLong: limiting('limitedForLong'),
  failing: sending(500, serverError),
  silent: () => undefined,
  stalled: starting(() => undefined),
  malformed: sending(200, page.slice(0, -3)),
  cutOff: starting((response) => response.socket?.end()),
  endless: (response) => {
    response.on('error', () => undefined);
    response.writeHead(200, json).write('{"records":["');
    writeForever(response);
  },
  page: sending(200, '<html><body>Sign in to the network</body></html>', { 'content-type': 'text/html' }),
  errorBody: sending(200, serverError),
  redirect: sending(302, '', { location: '/elsewhere' }),
  prototype: sending(200, page.replaceAll(/"(?:records|Name)"/g, '"__proto__":{"polluted":1},$&')),
  large: (response, arrived) => {
    const records = Array.from({ length: 100 }, (_, index) =>
      record(index, { Name: 'x'.repeat(largeValue) }),
    );
    sending(200, JSON.stringify({ records }))(response, arrived);
  },
};

export async function openAirtableStub(): Promise<AirtableStub> {
  const arrivals = new Map<Failure, number[]>(failures.map((failure) => [failure, []]));
  const followed: string[] = [];
  let healed = false;
  const server = createServer((request, response) => {
    const failure = failures.find((one) => request.url?.startsWith(`/v0/${baseOf(one)}/`));
    request.resume();
    if (failure === undefined) {
      followed.push(`${request.method} ${request.url}`);
      response.writeHead(404, json).end('{"error":"NOT_FOUND"}');
      return;
    }
    const times = arrivals.get(failure) ?? [];
    times.push(performance.now());
    if (healed) response.writeHead(200, json).end(page);
    else fails[failure](response, times.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: (failure) => arrivals.get(failure) ?? [],
    followed,
    heal() {
      healed = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
