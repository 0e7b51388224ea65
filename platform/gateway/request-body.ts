import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { type ProblemError, problem } from '../kit/problem.ts';

/** True when the request carries a body worth passing on. GET and HEAD have none by definition. */
export function carriesBody(request: IncomingMessage): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The body as a stream for the service, cut off beyond `maxBytes`. A declared length is believed: Node's parser
 * ends the body there. A chunked one is counted as it passes.
 * @throws ProblemError `payload_too_large` when the declared length is already too much.
 */
export function limitedBody(request: IncomingMessage, maxBytes: number): Readable {
  const tooLarge = (): ProblemError =>
    problem('payload_too_large', {
      message: `The request body may have at most ${maxBytes} bytes.`,
      headers: { connection: 'close' },
    });
  const declared = request.headers['content-length'];
  if (declared !== undefined) {
    if (Number(declared) > maxBytes) throw tooLarge();
    return request;
  }
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(tooLarge());
      else done(null, chunk);
    },
  });
  request.once('error', (error) => counted.destroy(error));
  return request.pipe(counted);
}
