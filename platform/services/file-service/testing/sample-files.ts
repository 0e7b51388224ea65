import { crc32, deflateSync } from 'node:zlib';
import { type ZipEntry, zipArchive } from './zip-archive.ts';

const types = 'http://schemas.openxmlformats.org/package/2006/content-types';
const relationships = 'http://schemas.openxmlformats.org/package/2006/relationships';
const officeRelationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const office = 'application/vnd.openxmlformats-officedocument';
const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

function contentTypes(parts: Readonly<Record<string, string>>): ZipEntry {
  const overrides = Object.entries(parts).map(
    ([name, type]) => `<Override PartName="${name}" ContentType="${type}"/>`,
  );
  return {
    name: '[Content_Types].xml',
    content: `${xml}<Types xmlns="${types}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`,
  };
}

function relationsTo(name: string, targets: readonly [type: string, target: string][]): ZipEntry {
  const all = targets.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${officeRelationships}/${type}" Target="${target}"/>`,
  );
  return { name, content: `${xml}<Relationships xmlns="${relationships}">${all.join('')}</Relationships>` };
}

/** An archive of the entries, with some replaced or added. */
function archiveWith(entries: readonly ZipEntry[], more: readonly ZipEntry[]): Buffer {
  const replaced = new Set(more.map(({ name }) => name));
  return zipArchive([...entries.filter(({ name }) => !replaced.has(name)), ...more]);
}

/** A Word document of the given paragraphs. Further entries are added or replace its own. */
export function docx(paragraphs: readonly string[], more: readonly ZipEntry[] = []): Buffer {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('');
  return archiveWith(
    [
      contentTypes({ '/word/document.xml': `${office}.wordprocessingml.document.main+xml` }),
      relationsTo('_rels/.rels', [['officeDocument', 'word/document.xml']]),
      {
        name: 'word/document.xml',
        content: `${xml}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
      },
    ],
    more,
  );
}

/** A workbook with one sheet named `People`. Further entries are added or replace its own. */
export function xlsx(
  rows: readonly (readonly (string | number)[])[],
  more: readonly ZipEntry[] = [],
): Buffer {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const cells = rows.map((row, y) => {
    const content = row.map((value, x) => {
      const cell = `${String.fromCharCode(65 + x)}${y + 1}`;
      return typeof value === 'number'
        ? `<c r="${cell}"><v>${value}</v></c>`
        : `<c r="${cell}" t="inlineStr"><is><t>${value}</t></is></c>`;
    });
    return `<row r="${y + 1}">${content.join('')}</row>`;
  });
  return archiveWith(
    [
      contentTypes({
        '/xl/workbook.xml': `${office}.spreadsheetml.sheet.main+xml`,
        '/xl/worksheets/sheet1.xml': `${office}.spreadsheetml.worksheet+xml`,
      }),
      relationsTo('_rels/.rels', [['officeDocument', 'xl/workbook.xml']]),
      {
        name: 'xl/workbook.xml',
        content: `${xml}<workbook xmlns="${main}" xmlns:r="${officeRelationships}"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      },
      relationsTo('xl/_rels/workbook.xml.rels', [['worksheet', 'worksheets/sheet1.xml']]),
      {
        name: 'xl/worksheets/sheet1.xml',
        content: `${xml}<worksheet xmlns="${main}"><sheetData>${cells.join('')}</sheetData></worksheet>`,
      },
    ],
    more,
  );
}

/** A PDF of one page per text. */
export function pdf(pages: readonly string[]): Buffer {
  const font = 3 + pages.length * 2;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${3 + index * 2} 0 R`).join(' ')}] >>`,
    ...pages.flatMap((text, index) => {
      const stream = `BT /F1 24 Tf 72 700 Td (${text}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${4 + index * 2} 0 R /Resources << /Font << /F1 ${font} 0 R >> >> >>`,
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ];
    }),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/** A black PNG. */
export function png(width: number, height: number): Buffer {
  const chunk = (name: string, content: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(name, 'latin1'), content]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(content.length);
    frame.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * height))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
