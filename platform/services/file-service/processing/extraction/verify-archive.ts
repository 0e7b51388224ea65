import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExtractionError } from './extracted.ts';
import { archiveLimits } from './limits.ts';

/**
 * Unpacks every part that will be parsed once, without keeping it: the directory of an archive may lie about sizes,
 * and the parsers, which unpack into memory, believe it.
 * @throws ExtractionError when it lies, is damaged, or the parts are too much together
 */
export async function verifyArchive(path: string): Promise<void> {
  const { default: yauzl } = await import('yauzl');
  let total = 0;
  try {
    const archive = await yauzl.openPromise(path, { strictFileNames: true, autoClose: false });
    try {
      for await (const entry of archive.eachEntry()) {
        if (!/\.(xml|rels)$/i.test(entry.fileName)) continue;
        const counter = new Writable({
          write(chunk: Buffer, _encoding, done) {
            total += chunk.length;
            done(total > archiveLimits.xmlBytes ? tooMuch() : null);
          },
        });
        await pipeline(await archive.openReadStreamPromise(entry), counter);
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof ExtractionError) throw error;
    throw new ExtractionError('The document is damaged.', { cause: error });
  }
}

function tooMuch(): ExtractionError {
  return new ExtractionError(`The document has more than ${archiveLimits.xmlBytes} bytes of content.`);
}
