import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { archiveLimits } from '../processing/extraction/limits.ts';

const unsupported = (message: string, cause?: unknown) =>
  problem('unsupported_media_type', { message, cause });

const fileTypeMask = 0o170000;
const symbolicLink = 0o120000;
/** Value of "made by" for an entry whose attributes are a Unix mode. */
const unix = 3;

/**
 * Checks the directory of an Office document, which is a zip archive, before anything is unpacked: no path leads out
 * of it (yauzl rejects such names), no links, nothing encrypted, and a bounded unpacked size.
 * @throws ProblemError `unsupported_media_type`; `payload_too_large` when the unpacked size is too large
 */
export async function checkOfficeArchive(path: string): Promise<void> {
  const { default: yauzl } = await import('yauzl');
  let total = 0;
  let packed = 0;
  try {
    const archive = await yauzl.openPromise(path, { strictFileNames: true, autoClose: false });
    try {
      if (archive.entryCount > archiveLimits.entries) throw tooLarge();
      for await (const entry of archive.eachEntry()) {
        const mode =
          (entry.versionMadeBy >> 8 === unix ? entry.externalFileAttributes >>> 16 : 0) & fileTypeMask;
        if (mode === symbolicLink) throw unsupported('The document contains a link.');
        if (entry.isEncrypted()) throw unsupported('The document is encrypted.');
        if (entry.fileName.includes('\0')) throw unsupported('The document contains an invalid file name.');
        total += entry.uncompressedSize;
        packed += entry.compressedSize;
        if (total > archiveLimits.bytes) throw tooLarge();
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw unsupported('The document is damaged.', error);
  }
  if (total > archiveLimits.ratioFreeBytes && total > packed * archiveLimits.ratio) throw tooLarge();
}

function tooLarge(): Error {
  return problem('payload_too_large', { message: 'The document is too large when unpacked.' });
}
