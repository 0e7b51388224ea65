import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

const spreadsheet = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const wordprocessing = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packages = 'http://schemas.openxmlformats.org/package/2006';

async function archive(parts: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts))
    zip.addBuffer(Buffer.from(`<?xml version="1.0"?>${content}`), name);
  zip.end();
  return buffer(zip.outputStream);
}

const typesOf = (part: string, type: string) =>
  `<Types xmlns="${packages}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}.main+xml"/></Types>`;

const relation = (id: number, type: string, target: string) =>
  `<Relationship Id="rId${id}" Type="${office}/${type}" Target="${target}"/>`;

const relations = (...all: string[]) =>
  `<Relationships xmlns="${packages}/relationships">${all.join('')}</Relationships>`;

/** A workbook with texts that are shared by cells, a number, a date and a truth value. */
export function workbook(): Promise<Buffer> {
  const cell = (at: string, value: string | number, more = '') => `<c r="${at}"${more}><v>${value}</v></c>`;
  const text = (at: string, index: number) => cell(at, index, ' t="s"');
  const rows = [
    [text('A1', 0), text('B1', 1), text('C1', 2), text('D1', 3)],
    [text('A2', 4), cell('B2', 1.5), cell('C2', 45_351, ' s="1"'), cell('D2', 1, ' t="b"')],
    [text('A3', 5), cell('B3', -2), cell('C3', 45_658, ' s="1"'), cell('D3', 0, ' t="b"')],
  ].map((cells, index) => `<row r="${index + 1}">${cells.join('')}</row>`);
  const shared = ['Name', 'Amount', 'Day', 'Paid', 'Zoë', 'Łukasz'];
  return archive({
    '[Content_Types].xml': typesOf('/xl/workbook.xml', 'spreadsheetml.sheet'),
    '_rels/.rels': relations(relation(1, 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `<workbook xmlns="${spreadsheet}" xmlns:r="${office}"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      relation(1, 'worksheet', 'worksheets/sheet1.xml'),
      relation(2, 'styles', 'styles.xml'),
      relation(3, 'sharedStrings', 'sharedStrings.xml'),
    ),
    'xl/styles.xml': `<styleSheet xmlns="${spreadsheet}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `<sst xmlns="${spreadsheet}">${shared.map((one) => `<si><t>${one}</t></si>`).join('')}</sst>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${spreadsheet}"><sheetData>${rows.join('')}</sheetData></worksheet>`,
  });
}

/** A document with one paragraph for each text. */
export function wordDocument(paragraphs: readonly string[]): Promise<Buffer> {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`).join('');
  return archive({
    '[Content_Types].xml': typesOf('/word/document.xml', 'wordprocessingml.document'),
    '_rels/.rels': relations(relation(1, 'officeDocument', 'word/document.xml')),
    'word/document.xml': `<w:document xmlns:w="${wordprocessing}"><w:body>${body}</w:body></w:document>`,
  });
}
