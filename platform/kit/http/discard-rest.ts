import type { IncomingMessage, ServerResponse } from 'node:http';

/** Most of a refused body that is read only to be thrown away, bytes. */
const maxDiscardedBytes = 32 * 1024 * 1024;
/** Most time that takes, milliseconds. */
const maxDiscardMs = 10_000;

const discarding = new WeakSet<IncomingMessage>();

/** Whether a body was announced, and is still arriving. */
export function isArriving({ headers, complete, destroyed, readableEnded }: IncomingMessage): boolean {
  if (complete || destroyed || readableEnded) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads and throws away what still comes of a request that is answered before its body has arrived. Closing at once
 * would make the system reset the connection, and the reset can overtake the answer: the client would see a broken
 * connection instead of a 413 (RFC 9112, 9.6). Beyond 32 MiB or 10 s the connection is closed all the same.
 * Call it before the answer is sent; a connection that the client wants closed is closed once both are done.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (!isArriving(request) || discarding.has(request)) return;
  discarding.add(request);
  const closesAfterwards = !response.shouldKeepAlive;
  // Node closes as soon as the answer is written unless it means to keep the connection.
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
  // Whoever read it before has given up; taken off later, it would leave the stream paused.
  request.unpipe();
  request.resume();
}
