import type { Break, Change, ProxiedRequest, ProxiedResponse } from '../../harness/engine/index.ts';

type Json = Record<string, unknown>;

function parse(body: Buffer): Json {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return {};
  }
}

/** A response with the status 200 and this body. */
export const respondWith = (json: Json): Partial<ProxiedResponse> => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'x-served-by': 'platform-services' },
  body: Buffer.from(JSON.stringify(json)),
});

/** Changes the JSON of the responses of a route below `/api/auth`. */
export function answers(
  route: string,
  change: (json: Json, request: ProxiedRequest, status: number) => Json | undefined,
): Change {
  return {
    kind: 'exchange',
    path: new RegExp(`^/api/auth/${route}(?:\\?|$)`),
    response({ body, status }, request) {
      const changed = change(parse(body), request, status);
      return changed === undefined ? {} : { body: Buffer.from(JSON.stringify(changed)) };
    },
  };
}

/** Changes the status of the responses of a route below `/api/auth`. */
export function statusOf(route: string, from: number, to: number): Change {
  return {
    kind: 'exchange',
    path: new RegExp(`^/api/auth/${route}(?:\\?|$)`),
    response: ({ status }) => (status === from ? { status: to } : {}),
  };
}

/** Changes the JSON of the requests of a route below `/api/auth`. */
export function requests(route: string, change: (json: Json) => Json): Change {
  return {
    kind: 'exchange',
    path: new RegExp(`^/api/auth/${route}(?:\\?|$)`),
    request: ({ body }) => ({ body: Buffer.from(JSON.stringify(change(parse(body)))) }),
  };
}

/** Rejections with this status are answered as if they had been accepted. */
export function accepts(route: string, status: number, json: Json = {}): Change {
  return {
    kind: 'exchange',
    path: new RegExp(`^/api/auth/${route}(?:\\?|$)`),
    response: (response) => (response.status === status ? respondWith(json) : {}),
  };
}

/** A break of one change. */
export const broken = (defect: string, change: Change, ...violates: string[]): Break => ({
  defect,
  changes: [change],
  violates,
});
