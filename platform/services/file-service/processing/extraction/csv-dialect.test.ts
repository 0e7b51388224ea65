import { expect, it } from 'vitest';
import { detectDialect } from './csv-dialect.ts';

it.each([
  ['a comma', 'a,b\n1,2\n', ',', 0],
  ['a header only', 'a;b,c;d', ';', 0],
  ['a single column', 'a\n1\n', ',', 0],
  ['no content', '', ',', 0],
  ['tabs', 'a\tb, c\n1\t2\n', '\t', 0],
  ['bars', 'a|b\n1|2;3\n', '|', 0],
  ['sep=', 'sep=;\na;b\n1;2\n', ';', 1],
  ['sep= in quotes', '"sep=;"\r\na;b\r\n', ';', 1],
  ['SEP= of a tab', 'SEP=\t\na,b\tc\n', '\t', 1],
  ['sep= of a character that is not detected', 'sep=^\na^b\n', '^', 1],
  ['sep= and a title', 'sep=;\nSales\n\na;b;c\n1;2;3\n', ';', 2],
  ['sep= below a byte order mark', '\ufeffsep=|\na|b\n', '|', 1],
  ['a column called sep', 'sep=on,b\n1,2\n', ',', 0],
  ['an empty first line', '\n\r\na;b\n1;2\n', ';', 0],
  ['a first row of delimiters', ';;\na;b;c\n1;2;3\n', ';', 1],
  ['a title', 'Sales of March, April, May\na;b\n1;2\n', ';', 1],
  ['a title padded to the width', 'Sales;;\na;b;c\n1;2;3\n', ';', 1],
  ['two titles', 'Sales\nCreated today\n\na,b,c\n1,2,3\n', ',', 2],
  ['a block of settings', 'Period,2024\nBy,Ada\n\na,b,c\n1,2,3\n4,5,6\n', ',', 2],
  ['a header with commas', 'Name, first;Amount, EUR\nAda;1\nBob;2\n', ';', 0],
  ['decimal commas', 'Amount, EUR;Tax, EUR\n1,50;0,30\n2,50;0,40\n', ';', 0],
  ['quoted delimiters and line breaks', 'a;"b,\n,,;"\n1;"x ""y"", z"\n', ';', 0],
  ['a quote within a cell', 'size,name\n5" disk,x\n6" disk,y\n', ',', 0],
  ['rows wider than the header', 'a,b\n1,2,3\n4,5,6\n', ',', 0],
  ['line ends of old Macs', 'a;b\r1;2\r', ';', 0],
] as const)('detects the dialect of a table with %s', (_kind, text, delimiter, skip) => {
  expect(detectDialect(text, { isCut: false })).toEqual({ delimiter, skip });
});

it('ignores the last record of a cut sample', () => {
  expect(detectDialect('a;b\n1;2\n,,,,', { isCut: true })).toEqual({ delimiter: ';', skip: 0 });
});
