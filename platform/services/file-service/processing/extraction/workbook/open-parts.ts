import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ExtractionError } from '../extracted.ts';
import { wideEncodingOf } from '../text-encoding.ts';

/** The parts of an Office document. */
export interface Parts extends Disposable {
  /** The text of a part; undefined when it does not exist. */
  read(name: string): Promise<string | undefined>;
}

/** Part names are compared without case. */
const keyOf = (name: string) => name.replace(/^\//, '').toLowerCase();

/** Opens a document that `verifyArchive` has checked. @throws ExtractionError when the archive is damaged */
export async function openParts(path: string): Promise<Parts> {
  const { default: yauzl } = await import('yauzl');
  const archive = await yauzl.openPromise(path, { strictFileNames: true, autoClose: false });
  const openers = new Map<string, () => Promise<Readable>>();
  try {
    for await (const entry of archive.eachEntry())
      openers.set(keyOf(entry.fileName), () => archive.openReadStreamPromise(entry));
  } catch (error) {
    archive.close();
    throw new ExtractionError('The workbook is damaged.', { cause: error });
  }
  return {
    async read(name) {
      const opener = openers.get(keyOf(name));
      if (opener === undefined) return undefined;
      const bytes = await buffer(await opener());
      return new TextDecoder(wideEncodingOf(bytes) ?? 'utf-8').decode(bytes);
    },
    [Symbol.dispose]: () => archive.close(),
  };
}
