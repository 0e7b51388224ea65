import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractCsv } from './extract-csv.ts';
import { extractText } from './extract-text.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'text-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function stored(content: string | Buffer): Promise<string> {
  const path = join(folder, String(Math.random()));
  await writeFile(path, content);
  return path;
}
const csv = async (content: string | Buffer) => extractCsv(await stored(content));
const wide = (text: string, order: 'le' | 'be') => {
  const bytes = Buffer.from(text, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

describe('a table', () => {
  const rows = [{ Name: 'Ada', Amount: '1,50' }];
  it.each([
    ['a sep= line', 'sep=;\r\nName;Amount\r\nAda;1,50\r\n'],
    ['an empty first line', '\r\n\r\nName;Amount\r\nAda;1,50\r\n'],
    ['a title', 'Sales, March, April\nName;Amount\nAda;1,50\n'],
    ['a title with another line end', 'Sales\n\r\nName;Amount\r\nAda;1,50\r\n'],
    ['tabs', 'Name\tAmount\nAda\t1,50\n'],
    ['bars', 'Name|Amount\nAda|1,50'],
    ['quoted cells', '"Name","Amount"\n"Ada","1,50"\n'],
  ])('with %s has its header and rows', async (_kind, content) => {
    const table = await csv(content);
    expect(table.rows).toEqual(rows);
    expect(table.metadata).toMatchObject({ columns: ['Name', 'Amount'], row_count: 1 });
  });

  it('may have commas in the header', async () => {
    const table = await csv('Name, first;Amount, EUR\nAda;1\nBob;2\n');
    expect(table.rows?.[1]).toEqual({ 'Name, first': 'Bob', 'Amount, EUR': '2' });
  });

  it('reports the records above its header, which stay in the text', async () => {
    const { text, metadata } = await csv('sep=;\nSales\na;b\n1;2\n');
    expect(metadata).toMatchObject({ delimiter: ';', skipped_rows: 2, row_count: 1 });
    expect(text).toContain('Sales');
  });

  it('of 84 kB in Windows-1252 has its only umlaut in rows and text', async () => {
    const lines = Array.from({ length: 4_200 }, (_, index) => `${index};Schmidt, Anna`);
    const content = Buffer.from(['id;name', ...lines, '9;Müller'].join('\n'), 'latin1');
    const { text, rows: found, metadata } = await csv(content);
    expect(found?.at(-1)).toEqual({ id: '9', name: 'Müller' });
    expect([text.endsWith('Müller'), text.includes('\ufffd')]).toEqual([true, false]);
    expect(metadata.encoding).toBe('windows-1252');
  });
});

describe('the encoding of', () => {
  it.each([
    ['UTF-8', Buffer.from('Grüße €'), 'Grüße €', 'utf-8'],
    ['UTF-8 with its mark', Buffer.from('\ufeffGrüße'), 'Grüße', 'utf-8'],
    [
      'UTF-8 that was cut within a character',
      Buffer.from('Grüße, Jürgen ü').subarray(0, -1),
      'Grüße, Jürgen \ufffd',
      'utf-8',
    ],
    ['Windows-1252', Buffer.from('Gr\xfc\xdfe \x80', 'latin1'), 'Grüße €', 'windows-1252'],
    ['ISO 8859-1', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße', 'windows-1252'],
    ['ISO 8859-15', Buffer.from('5 \xa4, Gr\xfc\xdfe', 'latin1'), '5 €, Grüße', 'iso-8859-15'],
    ['UTF-16 LE with its mark', wide('\ufeffGrüße €', 'le'), 'Grüße €', 'utf-16le'],
    ['UTF-16 BE with its mark', wide('\ufeffGrüße €', 'be'), 'Grüße €', 'utf-16be'],
    ['UTF-16 LE', wide('Grüße €', 'le'), 'Grüße €', 'utf-16le'],
    ['UTF-16 BE', wide('Grüße €', 'be'), 'Grüße €', 'utf-16be'],
    // MacRoman cannot be distinguished from Windows-1252.
    ['MacRoman', Buffer.from('Gr\x9f\xa7e', 'latin1'), 'GrŸ§e', 'windows-1252'],
    ['ASCII', Buffer.from('plain'), 'plain', 'utf-8'],
  ])('%s is detected', async (_name, content, text, encoding) => {
    expect(await extractText(await stored(content))).toMatchObject({ text, metadata: { encoding } });
  });
});
