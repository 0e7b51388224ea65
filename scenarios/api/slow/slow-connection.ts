import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** How a slow connection ended. */
export interface SlowEnd {
  /** Status of the response; 0 when the connection was closed without one. */
  status: number;
  /** Milliseconds from the start; undefined when it was still open at the limit. */
  afterMs: number | undefined;
}

/**
 * Opens a connection, sends the beginning of a request, and then one byte per second.
 * @param options.begin may be empty: the client connects and says nothing
 * @param options.drip what is sent byte by byte; nothing more follows after its end
 * @param options.limitMs when to stop waiting for the server, milliseconds
 */
export async function dripRequest(
  url: string,
  { begin, drip, limitMs, signal }: { begin: string; drip: string; limitMs: number; signal: AbortSignal },
): Promise<SlowEnd> {
  const { hostname, port, protocol } = new URL(url);
  const isSecure = protocol === 'https:';
  const host = { host: hostname, port: Number(port || (isSecure ? 443 : 80)) };
  const socket = isSecure ? connectSecurely({ ...host, servername: hostname }) : connect(host);
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let text = '';
  let sent = 0;
  socket.on('data', (part) => {
    text += part.toString('latin1').slice(0, 1_000);
  });
  socket.on('error', () => resolve(true));
  socket.on('close', () => resolve(true));
  socket.once(isSecure ? 'secureConnect' : 'connect', () => begin !== '' && socket.write(begin));
  const dripping = setInterval(() => {
    if (sent < drip.length && socket.writable) socket.write(drip[sent] as string);
    sent += 1;
  }, 1_000);
  const limit = setTimeout(() => resolve(false), limitMs);
  const abort = () => resolve(false);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const closed = await promise;
    signal.throwIfAborted();
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    return { status, afterMs: closed ? Math.round(performance.now() - startedAt) : undefined };
  } finally {
    clearInterval(dripping);
    clearTimeout(limit);
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
