import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { ZipFile } from 'yazl';
import type { ErasingService, ErasureOrder } from '../../../contracts/erasure.ts';
import { readLines } from './read-lines.ts';

/** Opens the export of one service. */
export type ExportSource = (order: ErasureOrder, signal: AbortSignal) => Promise<Readable>;
export type ExportSources = Readonly<Record<ErasingService, ExportSource>>;

/** Maximum length of a file's name in the archive, characters. */
const maxName = 150;

/** The name of a file in the archive. Nothing in it can lead out of the folder. */
function archiveName(id: string, filename: string): string {
  const safe = filename.replaceAll(/[^\p{L}\p{N}._ -]+/gu, '_').replace(/^\.+/, '_');
  return `${id}-${safe.slice(-maxName)}`;
}

/** One entry of the archive that is being written. */
function openEntry(zip: ZipFile, path: string) {
  const content = new PassThrough();
  zip.addReadStream(content, path, { mtime: new Date(), compress: true });
  return {
    path,
    async write(bytes: string | Buffer, signal: AbortSignal): Promise<void> {
      if (!content.write(bytes)) await once(content, 'drain', { signal });
    },
    end: () => content.end(),
  };
}

async function addService(
  zip: ZipFile,
  service: string,
  { lines, signal }: { lines: Readable; signal: AbortSignal },
): Promise<void> {
  let entry: ReturnType<typeof openEntry> | undefined;
  const change = (path: string) => {
    if (entry?.path === path) return entry;
    entry?.end();
    entry = openEntry(zip, path);
    return entry;
  };
  let isComplete = false;
  try {
    for await (const line of readLines(lines)) {
      if ('end' in line) isComplete = true;
      else if ('row' in line)
        await change(`${service}/${line.table}.ndjson`).write(`${JSON.stringify(line.row)}\n`, signal);
      else if ('file' in line) change(`${service}/files/${archiveName(line.file.id, line.file.filename)}`);
      else await entry?.write(Buffer.from(line.data, 'base64'), signal);
    }
  } finally {
    entry?.end();
  }
  if (!isComplete) throw new Error(`the export of ${service} is incomplete`);
}

const about = `This archive has all data that the platform stores about you, except passwords, tokens and keys.

<service>/<table>.ndjson   the rows of a table, one line of JSON each
file-service/files/        your files, named by their ids
`;

/**
 * The archive of an account, as a stream that is read while the services are asked in sequence. It fails when
 * one of them does.
 */
export async function writeArchive(
  sources: ExportSources,
  order: ErasureOrder,
  signal: AbortSignal,
): Promise<Readable> {
  const { default: yazl } = await import('yazl');
  const zip = new yazl.ZipFile();
  const output = zip.outputStream as Readable;
  const stopping = new AbortController();
  const stop = AbortSignal.any([signal, stopping.signal]);
  output.once('close', () => stopping.abort(new Error('the archive is no longer read')));
  async function fill(): Promise<void> {
    zip.addBuffer(Buffer.from(about), 'README.txt');
    for (const [service, open] of Object.entries(sources))
      await addService(zip, service, { lines: await open(order, stop), signal: stop });
    zip.end();
  }
  fill().catch((error: Error) => output.destroy(error));
  return output;
}
