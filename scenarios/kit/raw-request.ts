import { request as sendHttp } from 'node:http';
import { request as sendHttps } from 'node:https';
import { json } from 'node:stream/consumers';
import { type CheckContext, ProductUnreachable } from '../../harness/engine/index.ts';

/**
 * Sends a GET with exactly these headers, for those that the HTTP instrument replaces: `connection` with names of other
 * headers. It is no part of the recorded exchanges.
 * @param options.from source address, where the address of the service is a loopback one
 * @throws ProductUnreachable when there is no response
 */
export async function requestRaw(
  { signal }: Pick<CheckContext, 'signal'>,
  options: { url: string; from: string; headers: Readonly<Record<string, string>> },
): Promise<{ status: number; json: unknown }> {
  const url = new URL(options.url);
  const send = url.protocol === 'https:' ? sendHttps : sendHttp;
  const response = await new Promise<Parameters<NonNullable<Parameters<typeof sendHttp>[2]>>[0]>(
    (resolve, reject) => {
      send(
        url,
        {
          headers: options.headers,
          agent: false,
          signal,
          ...(url.hostname.startsWith('127.') ? { localAddress: options.from } : {}),
        },
        resolve,
      )
        .once('error', reject)
        .end();
    },
  ).catch((cause: NodeJS.ErrnoException) => {
    if (signal.aborted) throw signal.reason;
    throw new ProductUnreachable({
      address: url.origin,
      code: cause.code ?? 'unknown',
      doing: `GET ${url.pathname}`,
      cause,
    });
  });
  return { status: response.statusCode ?? 0, json: await json(response).catch(() => undefined) };
}
