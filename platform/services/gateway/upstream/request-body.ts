import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { discardRest } from '../../../kit/http/discard-rest.ts';
import { type ProblemError, problem } from '../../../kit/http/problem.ts';

/** True when the request carries a body worth passing on. GET and HEAD have none by definition. */
export function carriesBody(request: IncomingMessage): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Bodies up to this size are handed on as they are, bytes; they have usually arrived with their head. */
const smallBodyBytes = 64 * 1024;

/**
 * The body as a stream for the service, cut off beyond `maxBytes`. A declared length is believed: Node's parser
 * ends the body there. A chunked one is counted as it passes. Whoever reads a larger one may give it up at any time:
 * the rest is then discarded, so that the client can still read its answer.
 * @throws ProblemError `payload_too_large` when the declared length is already too much.
 */
export function limitedBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): Readable {
  const tooLarge = (): ProblemError =>
    problem('payload_too_large', { message: `The request body may have at most ${maxBytes} bytes.` });
  const length = request.headers['content-length'];
  const declared = length === undefined ? undefined : Number(length);
  if (declared !== undefined && declared > maxBytes) throw tooLarge();
  if (declared !== undefined && declared <= smallBodyBytes) return request;
  let size = 0;
  const passed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(tooLarge());
      else done(null, chunk);
    },
  });
  request.once('error', (error) => passed.destroy(error));
  passed.once('close', () => discardRest(request, response));
  return request.pipe(passed);
}
