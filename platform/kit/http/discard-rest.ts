import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Maximum part of a rejected body that is read and discarded, bytes. */
const maxDiscardedBytes = 32 * 1024 * 1024;
/** Maximum time for that, milliseconds. */
const maxDiscardMs = 10_000;

const discarding = new WeakSet<IncomingMessage>();

/** Whether the request has a body that is still arriving. */
export function isArriving({ headers, complete, destroyed, readableEnded }: IncomingMessage): boolean {
  if (complete || destroyed || readableEnded) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads and discards the rest of a request whose response is sent before its body has arrived. Closing at once would
 * make the system reset the connection. The reset can overtake the response, so the client would see a broken
 * connection instead of a 413 (RFC 9112, 9.6). After 32 MiB or 10 s the connection is closed anyway.
 * Call it before the response is sent. A connection that the client wants closed is closed once both are done.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (!isArriving(request) || discarding.has(request)) return;
  discarding.add(request);
  const closesAfterwards = !response.shouldKeepAlive;
  // Node closes a connection that it does not keep alive as soon as the response is written.
  if (!response.headersSent) response.shouldKeepAlive = true;
  const { socket } = request;
  let discarded = 0;
  const timer = setTimeout(() => socket.destroy(), maxDiscardMs).unref();
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => {
    clearTimeout(timer);
    if (!closesAfterwards) return;
    if (response.writableFinished) socket.end();
    else response.once('finish', () => socket.end());
  });
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > maxDiscardedBytes) socket.destroy();
  });
  // An earlier reader that is unpiped later would leave the stream paused.
  request.unpipe();
  request.resume();
}

/**
 * Closes the connection of a request whose body has still not arrived 10 s after its response. A stream that its reader
 * has destroyed no longer knows its connection, so nothing else would close it.
 * @param socket of the request, taken before its response ended
 */
export function closeUnlessComplete(request: IncomingMessage, socket: Socket): void {
  if (request.complete || socket.destroyed) return;
  setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, maxDiscardMs).unref();
}
