/** Maximum time of one request, milliseconds. */
const requestLimitMs = 10_000;

export interface Answer {
  status: number;
  /** Undefined unless the body is JSON. */
  json: unknown;
}

/** Sends one request of the clean-up. @throws when no response arrives in time */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, {
    redirect: 'manual',
    ...init,
    signal: AbortSignal.timeout(requestLimitMs),
  });
  return { status: response.status, json: await response.json().catch(() => undefined) };
}

/** A JSON body, with an access token if there is one. */
export function jsonRequest(body: unknown, token?: string): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  };
}
