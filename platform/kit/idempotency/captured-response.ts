import type { ServerResponse } from 'node:http';
import { keptHeadersOf, type SentResponse } from './stored-response.ts';

/**
 * Notes what a handler writes to the response by itself, such as an event stream, so that it can be stored.
 * @returns a function that returns what was sent so far; undefined when nothing was
 */
export function captureResponse(response: ServerResponse): () => SentResponse | undefined {
  const chunks: Buffer[] = [];
  const note = (chunk: unknown) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  const headers: Record<string, unknown> = {};
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  Object.assign(response, {
    write(...given: unknown[]) {
      note(given[0]);
      return write(...given);
    },
    end(...given: unknown[]) {
      note(given[0]);
      return end(...given);
    },
    // Headers that are given here are not among `getHeaders()`.
    writeHead(...given: unknown[]) {
      Object.assign(
        headers,
        given.find((one) => typeof one === 'object'),
      );
      return writeHead(...given);
    },
  });
  return () =>
    response.headersSent
      ? {
          status: response.statusCode,
          headers: keptHeadersOf({ ...response.getHeaders(), ...headers }),
          body: Buffer.concat(chunks).toString('utf8'),
        }
      : undefined;
}
