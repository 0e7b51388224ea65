import type { Break, Change, ProxiedRequest } from '../../harness/engine/index.ts';
import { type ProblemCode, problems } from '../../platform/contracts/problem.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';

/** Which exchanges a change meets; see `ExchangeChange`. */
export interface Met {
  service?: ServiceName;
  method?: string;
  /** Matched against path and query. */
  path: RegExp;
  /** Only responses with this status; default: all. */
  status?: number;
  /** Only exchanges whose request this accepts; default: all. */
  when?(request: ProxiedRequest): boolean;
}

/** JSON as a break sees it: it knows the responses that it changes. */
// biome-ignore lint/suspicious/noExplicitAny: the shape of the body is the subject of the check, not of its break
type AnyJson = any;

/** The client gets another JSON body. Bodies that are no JSON pass. */
export function changeJson(met: Met, change: (json: AnyJson, request: ProxiedRequest) => unknown): Change {
  return changeResponse(met, ({ body }, request) => {
    const json = parse(body);
    return json === undefined ? {} : { body: toBody(change(json, request)) };
  });
}

/** The client gets other headers; `undefined` removes one. */
export function changeHeaders(met: Met, headers: Readonly<Record<string, string | undefined>>): Change {
  return changeResponse(met, (response) => ({ headers: { ...response.headers, ...headers } }));
}

/** The client gets another status. The body stays. */
export function changeStatus(met: Met, status: number): Change {
  return changeResponse(met, () => ({ status }));
}

/** The client gets a JSON body with this status instead. */
export function respondWith(met: Met, status: number, body: unknown): Change {
  return changeResponse(met, ({ headers }) => ({
    status,
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    body: toBody(body),
  }));
}

/** The client is rejected with the error envelope. */
export function rejectWith(met: Met, code: ProblemCode, by?: ServiceName): Change {
  const { status, message } = problems[code];
  return changeResponse(met, ({ headers }) => ({
    status,
    headers: {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      ...(by === undefined ? {} : { 'x-served-by': by }),
    },
    body: toBody({ error: code, message, request_id: headers['x-request-id'] ?? '' }),
  }));
}

/** A break of one change. */
export function oneBreak(defect: string, change: Change, ...violates: readonly string[]): Break {
  return { defect, changes: [change], violates };
}

/** The JSON body of a request; undefined where it is none. */
export const sentJson = ({ body }: Pick<ProxiedRequest, 'body'>): AnyJson => parse(body);

type ExchangeChange = Extract<Change, { kind: 'exchange' }>;

function changeResponse(
  { service = 'gateway', method, path, status, when = () => true }: Met,
  change: NonNullable<ExchangeChange['response']>,
): Change {
  return {
    kind: 'exchange',
    service,
    ...(method === undefined ? {} : { method }),
    path,
    response: (response, request) =>
      (status === undefined || response.status === status) && when(request) ? change(response, request) : {},
  };
}

function parse(body: Buffer): AnyJson {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

const toBody = (json: unknown): Buffer => Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
