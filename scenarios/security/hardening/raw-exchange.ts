import { connect } from 'node:net';

/** What came back over one connection. */
export interface RawAnswer {
  /** Status of each response, in order. */
  statuses: number[];
  /** The first response with its headers, as text; at most 64 KiB. */
  text: string;
  /** Whether the server closed the connection. */
  closed: boolean;
}

const maxBytes = 65_536;

/**
 * Sends bytes that no HTTP client would send, and reads until the server closes the connection or is silent.
 * @param options.silenceMs how long the server may be silent, milliseconds
 */
export async function rawExchange(
  url: string,
  bytes: string | Buffer,
  { signal, silenceMs = 400 }: { signal: AbortSignal; silenceMs?: number },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const parts: Buffer[] = [];
  let closed = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const abort = () => resolve();
  signal.addEventListener('abort', abort, { once: true });
  // The first response may take longer than the silence after it.
  socket.setTimeout(5_000, resolve);
  socket.on('data', (part) => {
    parts.push(part);
    socket.setTimeout(silenceMs);
    if (Buffer.concat(parts).length > maxBytes) resolve();
  });
  socket.on('error', () => {
    closed = true;
    resolve();
  });
  socket.on('close', () => {
    closed = true;
    resolve();
  });
  socket.once('connect', () => socket.write(bytes));
  await promise;
  signal.removeEventListener('abort', abort);
  socket.destroy();
  signal.throwIfAborted();
  const text = Buffer.concat(parts).toString('latin1').slice(0, maxBytes);
  return {
    statuses: [...text.matchAll(/(?:^|\n|\})HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status)),
    text,
    closed,
  };
}
