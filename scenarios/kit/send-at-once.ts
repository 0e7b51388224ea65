import { once } from 'node:events';
import { request as sendHttp } from 'node:http';
import { request as sendHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { connect as connectSecurely } from 'node:tls';
import { type CheckContext, ProductUnreachable } from '../../harness/engine/index.ts';

export interface RequestAtOnce {
  /** Source address, where the address of the gateway is a loopback one. */
  from: string;
  token?: string;
  body: unknown;
}

/**
 * Posts JSON to one path of the gateway over connections that are open before, so that all requests are there when the
 * gateway reads the first one. They are no part of the recorded exchanges.
 * @throws ProductUnreachable when the gateway does not respond to one
 */
export async function sendAtOnce(
  { stack, signal }: Pick<CheckContext, 'stack' | 'signal'>,
  path: string,
  requests: readonly RequestAtOnce[],
): Promise<{ status: number; json: unknown }[]> {
  const url = new URL(`${stack.services.gateway}${path}`);
  const isSecure = url.protocol === 'https:';
  const port = Number(url.port || (isSecure ? 443 : 80));
  try {
    const sockets = await Promise.all(
      requests.map(async ({ from }) => {
        const local = url.hostname.startsWith('127.') ? { localAddress: from } : {};
        const host = { host: url.hostname, port, ...local };
        const socket: Socket = isSecure
          ? connectSecurely({ ...host, servername: url.hostname })
          : connect(host);
        await once(socket, isSecure ? 'secureConnect' : 'connect', { signal });
        return socket;
      }),
    );
    return await Promise.all(
      requests.map(async ({ token, body }, index) => {
        const outgoing = (isSecure ? sendHttps : sendHttp)(url, {
          method: 'POST',
          signal,
          createConnection: () => sockets[index] as Socket,
          headers: {
            'content-type': 'application/json',
            connection: 'close',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        });
        outgoing.end(JSON.stringify(body));
        const [response] = (await once(outgoing, 'response', { signal })) as [
          import('node:http').IncomingMessage,
        ];
        return { status: response.statusCode ?? 0, json: await json(response).catch(() => undefined) };
      }),
    );
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new ProductUnreachable({ address: url.origin, code, doing: `POST ${path}`, cause });
  }
}
