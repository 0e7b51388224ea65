import { Agent, request } from 'undici';

/** Calls services as one user. */
export interface ApiClient extends AsyncDisposable {
  /** Sends JSON and returns the parsed body. @throws CallRefused when the status is not 2xx */
  call<Body>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown): Promise<Body>;
}

/** A response that is not 2xx. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
  /** Seconds after which the service may accept the request; undefined where it gives none. */
  readonly retryAfterS: number | undefined;

  constructor(message: string, retryAfterS: number | undefined) {
    super(message);
    this.retryAfterS = retryAfterS;
  }
}

/** Time without a byte of a response, milliseconds: longer than any measured request. */
const responseLimitMs = 180_000;
/** More than any row sends at once. */
const connections = 64;

export function createApiClient(token: string | undefined, signal: AbortSignal): ApiClient {
  const dispatcher = new Agent({
    connections,
    headersTimeout: responseLimitMs,
    bodyTimeout: responseLimitMs,
  });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    async call(method, url, body) {
      const response = await request(url, {
        method,
        dispatcher,
        signal,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.statusCode >= 300) {
        const text = await response.body.text();
        const retryAfter = response.headers['retry-after'];
        throw new CallRefused(
          `${method} ${new URL(url).pathname} returned ${response.statusCode}: ${text.slice(0, 300)}`,
          retryAfter === undefined ? undefined : Number(retryAfter),
        );
      }
      return (await response.body.json()) as never;
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}
