import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';

/** Opens the archive of an export. @returns the text of each entry, by name */
export async function readExport(bytes: Buffer): Promise<Map<string, string>> {
  const zip = await promisify<Buffer, object, ZipFile>(fromBuffer as never)(bytes, { lazyEntries: true });
  const open = promisify(zip.openReadStream.bind(zip)) as (entry: Entry) => Promise<NodeJS.ReadableStream>;
  const entries = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    zip.on('end', resolve);
    zip.on('error', reject);
    zip.on('entry', (entry: Entry) => {
      open(entry)
        .then(buffer)
        .then((content) => {
          entries.set(entry.fileName, content.toString('utf8'));
          zip.readEntry();
        })
        .catch(reject);
    });
    zip.readEntry();
  });
  return entries;
}

/** Number of rows per table, e.g. `files.files` → 2. */
export function rowCounts(entries: ReadonlyMap<string, string>): Map<string, number> {
  return new Map(
    [...entries].flatMap(([name, text]) => {
      const table = /\/([a-z_]+\.[a-z_]+)\.ndjson$/.exec(name)?.[1];
      return table === undefined ? [] : [[table, text.split('\n').length - 1] as const];
    }),
  );
}
