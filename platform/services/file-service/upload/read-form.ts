import { PassThrough, type Readable, Transform } from 'node:stream';
import { fileService } from '../../../contracts/file-service/contract.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';

/** The file part of a form while it arrives. */
export interface FilePart {
  /** As the client sent it; not to be trusted. */
  filename: string | undefined;
  /** Declared type; `text/plain` when there is none. */
  contentType: string;
  content: Readable;
}

export interface FormOptions<T> {
  /** The request's `content-type` with its boundary. */
  contentType: string;
  /** Absent when the request has none. */
  body: Readable | undefined;
  /** Takes the file in; what it leaves unread is thrown away. Is called at most once. */
  receive(file: FilePart): Promise<T>;
}

export interface Form<T> {
  received: T;
  fields: ReadonlyMap<string, string>;
}

const limits = { files: 1, fields: 10, parts: 11, fieldSize: 1_024, headerPairs: 20, headerSize: 16 * 1_024 };
const maxBodyBytes = fileService.routes.upload.maxBodyBytes;

const malformed = (message: string, cause?: unknown) => problem('malformed_request', { message, cause });

/** The body, cut off beyond its limit. The request itself stays open, so that the answer can still be sent. */
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
    if (!body.readableEnded) limited.destroy(new Error('The request broke off'));
  });
  return body.pipe(limited);
}

/**
 * Reads a multipart form with one part named `file` as a stream.
 * @throws ProblemError `malformed_request` when it is no such form or breaks off, `payload_too_large` beyond the
 *   route's limit, or what `receive` throws
 */
export async function readForm<T>({ contentType, body, receive }: FormOptions<T>): Promise<Form<T>> {
  if (body === undefined || contentType === '') throw malformed('A multipart form is expected.');
  // Of a CommonJS package a bundle hands on the default export alone.
  const {
    default: { Busboy },
  } = await import('@fastify/busboy');
  let parser: InstanceType<typeof Busboy>;
  try {
    // Names are cut where they are read; the parser's own idea of folders knows fewer separators.
    parser = new Busboy({ headers: { 'content-type': contentType }, preservePath: true, limits });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('Boundary not found'))) throw error;
    throw malformed('The form has no boundary.', error);
  }
  const fields = new Map<string, string>();
  let excess: string | undefined;
  let receiving: Promise<T> | undefined;
  let arriving: Readable | undefined;
  parser.on('field', (name, value) => fields.set(name, value));
  parser.on('filesLimit', () => {
    excess = 'The form has more than one file.';
  });
  for (const event of ['partsLimit', 'fieldsLimit'] as const)
    parser.on(event, () => {
      excess = 'The form has too many parts.';
    });
  parser.on('file', (name, content, filename, _encoding, declared) => {
    // The parser waits for its own stream to be read to the end; a receiver that fails destroys what it reads from.
    const offered = content.pipe(new PassThrough());
    arriving = offered;
    content.on('error', (error: Error) => offered.destroy(error));
    // The form may break off before anybody reads the file.
    offered.on('error', () => undefined);
    receiving =
      name === 'file'
        ? receive({ filename, contentType: declared, content: offered })
        : Promise.reject(malformed('The file must be in a part named "file".'));
    // Senders look for an answer when they have sent everything: the rest is read and thrown away.
    receiving.catch(() => {
      content.unpipe(offered);
      content.resume();
    });
  });

  const limited = limitedBody(body);
  let broken: unknown;
  // Not by `pipeline`, which waits for ever when the form ends before the request does.
  await new Promise<void>((resolve, reject) => {
    limited.on('error', reject);
    parser.on('error', reject);
    parser.once('finish', resolve);
    limited.pipe(parser);
  }).catch((error: Error) => {
    broken = error;
    arriving?.destroy(error);
  });
  limited.unpipe(parser);
  limited.resume();
  if (broken !== undefined) {
    // Whoever receives must have let go of the file before it is cleared away.
    await receiving?.catch(() => undefined);
    throw broken instanceof ProblemError ? broken : malformed('The form breaks off.', broken);
  }
  if (receiving === undefined) throw malformed('The form has no part named "file" with a file.');
  const received = await receiving;
  if (excess !== undefined) throw malformed(excess);
  return { received, fields };
}
