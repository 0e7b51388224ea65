import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

const symbolicLink = 0o120_777;

const contentTypes =
  '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>';
const documentXml =
  '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>text</w:t></w:r></w:p></w:body></w:document>';

interface Entry {
  name: string;
  content: Buffer;
  mode?: number;
}

/** A Word document with further entries. */
async function document(...entries: readonly Entry[]): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(contentTypes), '[Content_Types].xml');
  zip.addBuffer(Buffer.from(documentXml), 'word/document.xml');
  for (const { name, content, mode } of entries)
    zip.addBuffer(content, name, mode === undefined ? {} : { mode });
  zip.end();
  return buffer(zip.outputStream);
}

/** Replaces the name of an entry by another of the same length, which the writer would reject. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
  return Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1');
}

/** Word documents that must be rejected, and a valid one. */
export async function sampleArchives(): Promise<{ valid: Buffer; hostile: Record<string, Buffer> }> {
  const content = Buffer.from('x');
  return {
    valid: await document({ name: 'word/extra.xml', content }),
    hostile: {
      'a path out of the archive': renamed(
        await document({ name: 'aa/aa/etc/cron.d/x', content }),
        'aa/aa/etc',
        '../../etc',
      ),
      'an absolute path': renamed(await document({ name: 'atmp/readiness', content }), 'atmp/', '/tmp/'),
      'a path with backslashes': renamed(
        await document({ name: 'aa.aa.x', content }),
        'aa.aa.x',
        '..\\..\\x',
      ),
      'a symbolic link': await document({
        name: 'word/link',
        content: Buffer.from('/etc/passwd'),
        mode: symbolicLink,
      }),
      'far more data than its size': await document({
        name: 'word/zeros.xml',
        content: Buffer.alloc(10_000_000),
      }),
    },
  };
}
