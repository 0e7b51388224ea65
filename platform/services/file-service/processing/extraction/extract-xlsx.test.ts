import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xlsx } from '../../testing/sample-files.ts';
import { extractXlsx } from './extract-xlsx.ts';
import { ExtractionError } from './extracted.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workbooks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

interface Content {
  /** Inside of `sheetData`. */
  rows: string;
  /** Number formats of the styles 0, 1 …: a built-in id or a code. */
  formats?: readonly (number | string)[];
  /** Inside of `sst`. */
  strings?: string;
  date1904?: boolean;
}

async function extracted({ rows, formats = [], strings = '', date1904 = false }: Content) {
  const codes = formats.filter((format) => typeof format === 'string');
  const idOf = (format: number | string) =>
    typeof format === 'number' ? format : 164 + codes.indexOf(format);
  const escaped = (code: string) => code.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const target = (id: number, type: string, name: string) =>
    `<Relationship Id="rId${id}" Type="${office}/${type}" Target="${name}"/>`;
  const content = xlsx(
    [],
    [
      {
        name: 'xl/workbook.xml',
        content: `<workbook ${main} xmlns:r="${office}"><workbookPr date1904="${date1904 ? 1 : 0}"/><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        content: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${target(1, 'worksheet', '/xl/worksheets/sheet1.xml')}${target(2, 'styles', 'styles.xml')}${target(3, 'sharedStrings', 'sharedStrings.xml')}</Relationships>`,
      },
      {
        name: 'xl/styles.xml',
        content: `<styleSheet ${main}><numFmts>${codes.map((code) => `<numFmt numFmtId="${idOf(code)}" formatCode="${escaped(code)}"/>`).join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${formats.map((format) => `<xf numFmtId="${idOf(format)}"/>`).join('')}</cellXfs></styleSheet>`,
      },
      { name: 'xl/sharedStrings.xml', content: `<sst ${main}>${strings}</sst>` },
      {
        name: 'xl/worksheets/sheet1.xml',
        content: `<worksheet ${main}><sheetData>${rows}</sheetData></worksheet>`,
      },
    ],
  );
  const path = join(folder, String(Math.random()));
  await writeFile(path, content);
  return extractXlsx(path);
}

const header = '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>';

async function cellOfNumber(value: number, format: number | string, date1904 = false) {
  const rows = `${header}<row r="2"><c r="A2" s="0"><v>${value}</v></c></row>`;
  return (await extracted({ rows, formats: [format], date1904 })).rows?.[0]?.Name;
}

describe('a number', () => {
  it.each([
    [0.5, 'h:mm', '12:00'],
    [0.5, 20, '12:00'],
    [0.5, 'hh:mm:ss', '12:00:00'],
    [0.75, 18, '18:00'],
    [0.75, 'h:mm AM/PM', '18:00'],
    [0, 'h:mm', '00:00'],
    [0.000_011_574_074_074_074, 45, '00:00:01'],
    [1.25, '[h]:mm', '30:00'],
    [1.25, 46, '30:00:00'],
    [1.25, '[hh]:mm:ss;@', '30:00:00'],
    [1.25, '[$-F400][h]:mm', '30:00'],
    [0.0625, '[mm]:ss', '1:30:00'],
    [-0.0625, '[h]:mm', '-1:30'],
    [1.25, 'h:mm', 1.25],
    [45_351, 14, '2024-02-29T00:00:00.000Z'],
    [45_351.416_666_666_664, 22, '2024-02-29T10:00:00.000Z'],
    [45_351.5, 'h:mm', '2024-02-29T12:00:00.000Z'],
    [45_351, 'mmm', '2024-02-29T00:00:00.000Z'],
    [45_351, 'mm', '2024-02-29T00:00:00.000Z'],
    [45_351, '[$-407]dddd, d". "mmmm\\ yyyy', '2024-02-29T00:00:00.000Z'],
    [45_351, 'yyyy"年"m"月"d"日"', '2024-02-29T00:00:00.000Z'],
    [1, 14, '1900-01-01T00:00:00.000Z'],
    [59, 14, '1900-02-28T00:00:00.000Z'],
    [61, 14, '1900-03-01T00:00:00.000Z'],
    [-1, 14, -1],
    [3e6, 14, 3e6],
    [0.125, '0.0%', 0.125],
    [0.125, 9, 0.125],
    [1234.5, '#,##0.00 "days"', 1234.5],
    [1234.5, '#,##0\\ [$€-407];[Red]-#,##0', 1234.5],
    [1e-7, '0.00E+00', 1e-7],
    [0.5, '# ?/?', 0.5],
    [45_351, 'General', 45_351],
    [45_351, 0, 45_351],
  ])('%d in the format %j is %j', async (value, format, expected) => {
    expect(await cellOfNumber(value, format)).toBe(expected);
  });

  it('counts days from 1904 in workbooks of old Macs', async () => {
    expect(await cellOfNumber(43_889, 14, true)).toBe('2024-02-29T00:00:00.000Z');
    expect(await cellOfNumber(0, 14, true)).toBe('1904-01-01T00:00:00.000Z');
    expect(await cellOfNumber(0.5, 'h:mm', true)).toBe('12:00');
    expect(await cellOfNumber(1.25, '[h]:mm', true)).toBe('30:00');
  });
});

describe('a sheet', () => {
  it('has only its rows with content', async () => {
    const rows = `${header}<row r="2"><c r="A2" s="0"/></row><row r="6000"><c r="A6000"><v>7</v></c></row><row r="1048576"/>`;
    const { rows: found, text, metadata } = await extracted({ rows, formats: [0] });
    expect(found).toEqual([{ Name: 7 }]);
    expect(text).toBe('Name\n7');
    expect(metadata).toMatchObject({ sheets: [{ name: 'People', rows: 2 }], row_count: 1, truncated: false });
  });

  it('may leave out empty cells and all positions', async () => {
    const gaps = `<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>3</v></c></row><row r="2"><c r="C2"><v>9</v></c></row>`;
    expect((await extracted({ rows: gaps })).rows).toEqual([{ '1': null, column_2: null, '3': 9 }]);
    const plain = '<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c><c t="b"><v>1</v></c></row>';
    expect((await extracted({ rows: plain })).rows).toEqual([{ '1': 3, '2': true }]);
  });

  it('with a cell at its far end is truncated to the maximum number of columns', async () => {
    const rows = `${header}<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>`;
    const { rows: found, metadata } = await extracted({ rows });
    expect(found).toEqual([{ Name: 1 }]);
    expect(metadata.truncated).toBe(true);
  });

  it('has its errors as empty cells and ISO dates as dates', async () => {
    const rows = `${header}<row r="2"><c r="A2" t="e"><v>#DIV/0!</v></c><c r="B2" t="d"><v>2024-02-29T10:00:00Z</v></c></row>`;
    expect((await extracted({ rows })).rows).toEqual([{ Name: null, column_2: '2024-02-29T10:00:00.000Z' }]);
  });
});

describe('a text', () => {
  const cellOf = async (strings: string) => {
    const rows = `${header}<row r="2"><c r="A2" t="s"><v>0</v></c></row>`;
    return (await extracted({ rows, strings })).rows?.[0]?.Name;
  };

  it.each([
    ['<si><t xml:space="preserve">  two  </t></si>', '  two  '],
    ['<si><t> trimmed </t></si>', 'trimmed'],
    ['<si><r><t xml:space="preserve">Hello </t></r><r><rPr><b/></rPr><t>World</t></r></si>', 'Hello World'],
    ['<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>', '東京'],
    ['<si><t>a_x000D__x005F_x0041_ &amp; &#252;</t></si>', 'a\r_x0041_ & ü'],
    ['<si><t><![CDATA[<b>]]></t></si>', '<b>'],
  ])('written as %s is %j', async (strings, expected) => {
    expect(await cellOf(strings)).toBe(expected);
  });

  it('may be in its cell or the result of a formula', async () => {
    const rows = `${header}<row r="2"><c r="A2" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c></row><row r="3"><c r="A3" t="str"><f>B1</f><v xml:space="preserve"> b</v></c></row>`;
    expect((await extracted({ rows })).rows).toEqual([{ Name: ' a ' }, { Name: ' b' }]);
  });
});

it('rejects a workbook that declares a document type', async () => {
  const rows = '</sheetData></worksheet><!DOCTYPE x [<!ENTITY e "x">]><worksheet><sheetData>';
  await expect(extracted({ rows })).rejects.toThrow(ExtractionError);
});
