import { type CheckContext, defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { extractionValueBreaks } from './extraction-breaks.ts';
import { wordDocument, workbook } from './sample-documents.ts';

const words = 'Grüße aus Köln: Zoë, Łukasz, 東京 😀';
const western = 'Grüße aus Köln: Zoë – 5 €';

const utf16 = (text: string, order: 'le' | 'be'): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

/** Windows-1252: the characters of Latin-1 as they are, and two from its own range. */
const windows = (text: string): Buffer =>
  Buffer.from(text.replaceAll('–', '\x96').replaceAll('€', '\x80'), 'latin1');

/**
 * Rows of a table of 1 MB, with characters of two to four bytes and of lengths that drift, so that the buffers of readers
 * end within characters, whatever their size.
 */
const rowCount = 3_000;
const wideRows = Array.from(
  { length: rowCount },
  (_, index) => `${index},${'😀'.repeat(80)}${'ü€'.repeat(index % 7)}`,
);

const objects = [{ a: 1 }, { a: 2, b: 'später' }, { c: true }];

interface Extracted {
  text: string;
  rows: Record<string, Json>[];
}

async function extract(context: CheckContext, name: string, content: Uint8Array): Promise<Extracted> {
  const account = await context.account();
  const send = sendAs(context, account);
  const { accessToken: token, address: from } = account;
  const form = binaryForm(name, content);
  const upload = await context.http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token,
    from,
    ...form,
  });
  const path = `/api/files/${textAt(upload.json, 'id')}`;
  await prepare(send, 'POST', `${path}/process`);
  const { json } = await pollUntil(
    () => context.http.request('gateway', `${path}/extract`, { token, from, maxBodyBytes: 8_000_000 }),
    ({ status }) => status !== 409,
    context,
  );
  const rows = valueAt(json, 'rows');
  return { text: textAt(json, 'text'), rows: Array.isArray(rows) ? (rows as Record<string, Json>[]) : [] };
}

export const extractionsKeepCharacters = defineCheck({
  id: 'services.file-service.values-of-extractions',
  title: 'Extracted texts and cells have the characters of the file',
  failureTitle: 'An extracted text or cell has other characters than its file',
  why: 'Searches, workflows and the model see only what was extracted. Names with the wrong characters are not found again.',
  category: 'services',
  severity: 'high',
  users: 1,
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'file-service'],
  timeoutMs: 90_000,
  remediation: {
    text: 'processing/extraction of file-service: text-encoding.ts finds the encoding, each format has a file. Each observation is named like the format.',
    effort: 'days',
  },
  expects: {
    utf8: equals(words),
    utf16le: equals(words),
    utf16be: equals(words),
    windows1252: equals(western),
    semicolons: equals([{ City: 'Köln; alt', Amount: '1,5' }]),
    wideRows: equals([rowCount, 'the same']),
    json: equals([
      { a: 1, b: null, c: null },
      { a: 2, b: 'später', c: null },
      { a: null, b: null, c: true },
    ]),
    workbook: equals([
      { Name: 'Zoë', Amount: 1.5, Day: '2024-02-29T00:00:00.000Z', Paid: true },
      { Name: 'Łukasz', Amount: -2, Day: '2025-01-01T00:00:00.000Z', Paid: false },
    ]),
    document: equals(['first: Zoë', 'second: 東京']),
  },
  breaks: extractionValueBreaks,
  run: async (context) => {
    const account = await context.account();
    const shared = { ...context, account: async () => account };
    const read = (name: string, content: Uint8Array | string) =>
      extract(shared, name, typeof content === 'string' ? Buffer.from(content) : content);
    const [utf8, utf16le, utf16be, windows1252, semicolons, wide, json, sheet, document] = await Promise.all([
      read('utf-8.txt', words),
      read('utf-16le.txt', utf16(words, 'le')),
      read('utf-16be.txt', utf16(words, 'be')),
      read('windows.txt', windows(western)),
      read('semicolons.csv', 'City;Amount\n"Köln; alt";1,5\n'),
      read('wide.csv', `number,text\n${wideRows.join('\n')}\n`),
      read('objects.json', JSON.stringify(objects)),
      workbook().then((content) => read('people.xlsx', content)),
      wordDocument(['first: Zoë', 'second: 東京']).then((content) => read('letter.docx', content)),
    ]);
    const different = wide.rows.findIndex(
      ({ number, text }) => `${number},${text}` !== wideRows[Number(number)],
    );
    return {
      utf8: utf8.text,
      utf16le: utf16le.text,
      utf16be: utf16be.text,
      windows1252: windows1252.text,
      semicolons: semicolons.rows,
      wideRows: [wide.rows.length, different < 0 ? 'the same' : `row ${different} differs`],
      json: json.rows,
      workbook: sheet.rows,
      document: document.text.split('\n').filter((line) => line.trim() !== ''),
    };
  },
});
