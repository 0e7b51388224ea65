import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExtractionError } from './extracted.ts';
import { archiveLimits } from './limits.ts';

/**
 * Unpacks every part that will be parsed, without storing it. The sizes in the archive's directory may be false, and
 * the parsers, which unpack into memory, trust them.
 * @throws ExtractionError when a size is false, the archive is damaged, or the parts are too large
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
            done(total > archiveLimits.xmlBytes ? tooLarge() : null);
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

function tooLarge(): ExtractionError {
  return new ExtractionError(`The document has more than ${archiveLimits.xmlBytes} bytes of content.`);
}
