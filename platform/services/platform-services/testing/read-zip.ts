import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';

/** The entries of a ZIP file, by name. */
export async function readZip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await promisify<Buffer, object, ZipFile>(fromBuffer as never)(bytes, { lazyEntries: true });
  const open = promisify(zip.openReadStream.bind(zip)) as (entry: Entry) => Promise<NodeJS.ReadableStream>;
  const entries = new Map<string, Buffer>();
  const ended = new Promise<void>((resolve, reject) => {
    zip.on('end', resolve);
    zip.on('error', reject);
  });
  zip.on('entry', (entry: Entry) => {
    open(entry)
      .then((stream) => buffer(stream))
      .then(
        (content) => {
          entries.set(entry.fileName, content);
          zip.readEntry();
        },
        (error) => zip.emit('error', error),
      );
  });
  zip.readEntry();
  await ended;
  return entries;
}

/** The rows of a table in an export. */
export function rowsOf(entries: ReadonlyMap<string, Buffer>, name: string): Record<string, unknown>[] {
  const text = entries.get(name)?.toString('utf8') ?? '';
  return text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
}
