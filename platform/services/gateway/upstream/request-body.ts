import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { discardRest } from '../../../kit/http/discard-rest.ts';
import { type ProblemError, problem } from '../../../kit/http/problem.ts';

/** True when the request has a body to forward. Bodies of GET and HEAD are ignored: they have no meaning. */
export function carriesBody(request: IncomingMessage): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Maximum size of a body that is forwarded without a stream of its own, bytes; most arrive with the headers. */
const smallBodyBytes = 64 * 1024;

/**
 * The body as a stream for the service, cut off beyond `maxBytes`. A declared length is trusted, because Node's parser
 * ends the body there. A chunked body is counted as it passes. When the reader of a larger body destroys the stream,
 * the rest is discarded: the client can still read its response.
 * @throws ProblemError `payload_too_large` when the declared length is above the limit.
 */
export function limitedBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): Readable {
  const tooLarge = (): ProblemError =>
    problem('payload_too_large', { message: `The request body is limited to ${maxBytes} bytes.` });
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
