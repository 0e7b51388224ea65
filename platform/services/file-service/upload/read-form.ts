import { PassThrough, type Readable, Transform } from 'node:stream';
import { fileService } from '../../../contracts/file-service/contract.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';

/** The file part of a form that is being received. */
export interface FilePart {
  /** As the client sent it, not validated. */
  filename: string | undefined;
  /** Declared type; `text/plain` when there is none. */
  contentType: string;
  content: Readable;
}

export interface FormOptions<T> {
  /** The request's `content-type` with its boundary. */
  contentType: string;
  /** Undefined when the request has none. */
  body: Readable | undefined;
  /** Receives the file; called at most once. Content that it does not read is discarded. */
  receive(file: FilePart): Promise<T>;
}

export interface Form<T> {
  received: T;
  fields: ReadonlyMap<string, string>;
}

const limits = { files: 1, fields: 10, parts: 11, fieldSize: 1_024, headerPairs: 20, headerSize: 16 * 1_024 };
const maxBodyBytes = fileService.routes.upload.maxBodyBytes;

const malformed = (message: string, cause?: unknown) => problem('malformed_request', { message, cause });

/** The body up to its limit. The request stays open beyond it, so that a response can still be sent. */
function limitedBody(body: Readable): Readable {
  let size = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maxBodyBytes) done(null, chunk);
      else done(problem('payload_too_large', { headers: { connection: 'close' } }));
    },
  });
  body.once('error', (error) => limited.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) limited.destroy(new Error('The request was aborted'));
  });
  return body.pipe(limited);
}

/**
 * Reads a multipart form with one part named `file` as a stream.
 * @throws ProblemError `malformed_request` for another or an incomplete form, `payload_too_large` beyond the route's
 *   limit; any error of `receive`
 */
export async function readForm<T>({ contentType, body, receive }: FormOptions<T>): Promise<Form<T>> {
  if (body === undefined || contentType === '') throw malformed('A multipart form is expected.');
  // In a bundle, a CommonJS package has a default export only.
  const {
    default: { Busboy },
  } = await import('@fastify/busboy');
  let parser: InstanceType<typeof Busboy>;
  try {
    // readFileName removes the folders; the parser knows fewer separators.
    parser = new Busboy({ headers: { 'content-type': contentType }, preservePath: true, limits });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('Boundary not found'))) throw error;
    throw malformed('The form has no boundary.', error);
  }
  const fields = new Map<string, string>();
  let excess: string | undefined;
  let receiving: Promise<T> | undefined;
  let incoming: Readable | undefined;
  parser.on('field', (name, value) => fields.set(name, value));
  parser.on('filesLimit', () => {
    excess = 'The form has more than one file.';
  });
  for (const event of ['partsLimit', 'fieldsLimit'] as const)
    parser.on(event, () => {
      excess = 'The form has too many parts.';
    });
  parser.on('file', (name, content, filename, _encoding, declared) => {
    // The parser waits until its own stream is read to the end, but a failing receiver destroys the stream that it
    // reads, so it gets another one.
    const file = content.pipe(new PassThrough());
    incoming = file;
    content.on('error', (error: Error) => file.destroy(error));
    // The form may end before the file is read.
    file.on('error', () => undefined);
    receiving =
      name === 'file'
        ? receive({ filename, contentType: declared, content: file })
        : Promise.reject(malformed('The file must be in a part named "file".'));
    // Clients read the response after they have sent everything, so the rest is read and discarded.
    receiving.catch(() => {
      content.unpipe(file);
      content.resume();
    });
  });

  const limited = limitedBody(body);
  let failure: unknown;
  // `pipeline` would wait forever when the form ends before the request does.
  await new Promise<void>((resolve, reject) => {
    limited.on('error', reject);
    parser.on('error', reject);
    parser.once('finish', resolve);
    limited.pipe(parser);
  }).catch((error: Error) => {
    failure = error;
    incoming?.destroy(error);
  });
  limited.unpipe(parser);
  limited.resume();
  if (failure !== undefined) {
    // The receiver must have closed the file before it is deleted.
    await receiving?.catch(() => undefined);
    throw failure instanceof ProblemError ? failure : malformed('The form is incomplete.', failure);
  }
  if (receiving === undefined) throw malformed('The form has no part named "file" with a file.');
  const received = await receiving;
  if (excess !== undefined) throw malformed(excess);
  return { received, fields };
}
