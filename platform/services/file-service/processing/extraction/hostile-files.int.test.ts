import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docx, xlsx } from '../../testing/sample-files.ts';
import { zipArchive } from '../../testing/zip-archive.ts';
import type { Extraction } from '../../upload/file-type.ts';
import { extractInWorker } from './extract-in-worker.ts';
import { ExtractionError } from './extracted.ts';
import { archiveLimits, extractionLimits } from './limits.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;

async function extractContent(content: string | Buffer, extraction: Extraction, milliseconds = 30_000) {
  const path = join(folder, `${extraction}-${Math.random()}`);
  await writeFile(path, content);
  return extractInWorker({ path, extraction }, { signal, milliseconds });
}

const docxOf = (documentXml: string) => docx([], [{ name: 'word/document.xml', content: documentXml }]);
const wordNamespace = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const body = (text: string) =>
  `<w:document xmlns:w="${wordNamespace}"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`;

describe('a hostile file', () => {
  it('differs from a harmless one, which is extracted', async () => {
    expect((await extractContent(docxOf(body('plain &amp; simple')), 'docx')).text).toBe('plain & simple');
  });

  it('cannot make the parser read other files', async () => {
    const document = docxOf(
      `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${body('before &x; after')}`,
    );
    await expect(extractContent(document, 'docx')).rejects.toThrow(ExtractionError);
  });

  it('cannot grow through nested entities', async () => {
    const entities = Array.from({ length: 12 }, (_, index) =>
      index === 0 ? '<!ENTITY e0 "ha">' : `<!ENTITY e${index} "${`&e${index - 1};`.repeat(10)}">`,
    );
    const document = docxOf(`<!DOCTYPE d [${entities.join('')}]>${body('&e11;')}`);
    await expect(extractContent(document, 'docx')).rejects.toThrow(ExtractionError);
  });

  it.each([
    ['JSON nested a million deep', 'json' as const, `[{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}]`],
    ['an empty workbook', 'xlsx' as const, zipArchive([{ name: 'xl/workbook.xml', content: '' }])],
    ['an image without a body', 'image' as const, Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    [
      'parts that are too large together',
      'docx' as const,
      docx(['x'], [{ name: 'word/styles.xml', content: Buffer.alloc(archiveLimits.xmlBytes + 1) }]),
    ],
  ])('with %s fails with an ExtractionError', async (_kind, extraction, content) => {
    await expect(extractContent(content, extraction)).rejects.toThrow(ExtractionError);
  });

  it('with a cell at the far end of a sheet is read without the empty cells', async () => {
    const { rows, metadata } = await extractContent(farCell(), 'xlsx');
    expect([rows, metadata.row_count, metadata.truncated]).toEqual([[], 0, true]);
  });

  it('is stopped when it takes too long', async () => {
    await expect(extractContent('text', 'text', 1)).rejects.toThrow('took longer than 0.001 seconds');
  });

  it('is not processed while the service stops', async () => {
    const stopping = AbortSignal.abort(new Error('stopping'));
    await expect(
      extractInWorker({ path: '/nowhere', extraction: 'text' }, { signal: stopping }),
    ).rejects.toThrow('stopping');
  });
});

describe('a large file', () => {
  it('is truncated to the limits and marked as truncated', async () => {
    const lines = Array.from(
      { length: extractionLimits.rows + 10 },
      (_, index) => `${index},${'x'.repeat(50)}`,
    );
    const table = await extractContent(`id,text\n${lines.join('\n')}`, 'csv');
    expect(table.rows).toHaveLength(extractionLimits.rows);
    expect(table.metadata).toMatchObject({ row_count: extractionLimits.rows + 10, truncated: true });
    const text = await extractContent('ü'.repeat(extractionLimits.text + 1), 'text');
    expect([text.text.length, text.metadata.truncated]).toEqual([extractionLimits.text, true]);
  });

  it('with too many columns is truncated to the maximum number of columns', async () => {
    const header = Array.from({ length: 2_000 }, (_, index) => `c${index}`).join(',');
    const { metadata } = await extractContent(`${header}\n1\n`, 'csv');
    expect((metadata.columns as string[]).length).toBe(extractionLimits.columns);
    expect(metadata.truncated).toBe(true);
  });
});

function farCell(): Buffer {
  const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>`;
  return xlsx([], [{ name: 'xl/worksheets/sheet1.xml', content: sheet }]);
}
