import { expect, it } from 'vitest';
import { fileTypeOf, matchesDeclared } from './file-type.ts';

const matches = (extension: string, declared: string) => {
  const type = fileTypeOf(extension);
  return type !== undefined && matchesDeclared(type, declared);
};

it.each([
  ['csv', 'text/x-csv'],
  ['csv', 'application/x-csv'],
  ['csv', 'application/csv'],
  ['csv', 'text/comma-separated-values'],
  ['csv', 'text/tab-separated-values'],
  ['csv', 'application/vnd.ms-excel'],
  ['csv', 'Text/CSV; charset=iso-8859-1'],
  ['csv', 'application/octet-stream'],
  ['xlsx', 'application/vnd.ms-excel'],
  ['xlsx', 'application/zip'],
  ['xlsx', 'application/x-zip-compressed'],
  ['docx', 'application/msword'],
  ['docx', 'application/zip'],
  ['xls', 'application/x-msexcel'],
  ['doc', 'application/x-ole-storage'],
  ['json', 'text/x-json'],
  ['txt', ''],
  ['pdf', 'application/x-download'],
])('accepts a %s file declared as %j', (extension, declared) => {
  expect(matches(extension, declared)).toBe(true);
});

it.each([
  ['csv', 'text/html'],
  ['csv', 'application/zip'],
  ['txt', 'application/javascript'],
  ['xlsx', 'application/msword'],
  ['xls', 'application/zip'],
  ['png', 'image/jpeg'],
  ['pdf', 'application/zip'],
])('rejects a %s file declared as %j', (extension, declared) => {
  expect(matches(extension, declared)).toBe(false);
});
