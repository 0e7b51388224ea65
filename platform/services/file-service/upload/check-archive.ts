import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { archiveLimits } from '../processing/extraction/limits.ts';

const refuse = (message: string, cause?: unknown) => problem('unsupported_media_type', { message, cause });

const fileTypeMask = 0o170000;
const symbolicLink = 0o120000;
/** Host system of an entry whose attributes are a Unix mode. */
const unix = 3;

/**
 * Checks the directory of an Office document, which is a zip archive, before anything is unpacked: names that stay
 * inside (yauzl refuses others), no links, nothing encrypted, and a bounded size when unpacked.
 * @throws ProblemError `unsupported_media_type`, or `payload_too_large` when it would unpack to too much
 */
export async function checkOfficeArchive(path: string): Promise<void> {
  const { default: yauzl } = await import('yauzl');
  let total = 0;
  let packed = 0;
  try {
    const archive = await yauzl.openPromise(path, { strictFileNames: true, autoClose: false });
    try {
      if (archive.entryCount > archiveLimits.entries) throw tooMuch();
      for await (const entry of archive.eachEntry()) {
        const mode =
          (entry.versionMadeBy >> 8 === unix ? entry.externalFileAttributes >>> 16 : 0) & fileTypeMask;
        if (mode === symbolicLink) throw refuse('The document holds a link.');
        if (entry.isEncrypted()) throw refuse('The document is encrypted.');
        if (entry.fileName.includes('\0')) throw refuse('The document holds a broken name.');
        total += entry.uncompressedSize;
        packed += entry.compressedSize;
        if (total > archiveLimits.bytes) throw tooMuch();
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw refuse('The document is damaged.', error);
  }
  if (total > archiveLimits.ratioFreeBytes && total > packed * archiveLimits.ratio) throw tooMuch();
}

function tooMuch(): Error {
  return problem('payload_too_large', { message: 'The document would unpack to too much.' });
}
