import { type Mutant, replacing } from '../mutant.ts';

const storage = 'services/file-service/store/storage.ts';
const range = 'services/file-service/download/byte-range.ts';
const extraction = 'services/file-service/processing/extraction';
const bytes = ['security.files.bytes-survive'] as const;
const characters = ['services.file-service.values-of-extractions'] as const;
const complete = ['security.files.extractions-are-complete'] as const;

/** Receives only the first bytes of an upload and stores them as the whole file. */
const cutAt = (size: number) =>
  replacing(
    storage,
    'transform(chunk: Buffer, _encoding, done) {',
    `transform(whole: Buffer, _encoding, done) {
          const chunk = whole.subarray(0, Math.max(0, ${size} - size));`,
  );

/** Kind 10: bytes that are not the ones that were sent. */
export const byteMutants: readonly Mutant[] = [
  {
    id: 'bytes.upload-cut-at-64-kib',
    kind: 10,
    defect: 'Uploads are cut at 64 KiB and stored as complete.',
    changes: [cutAt(65_536)],
    caughtBy: bytes,
  },
  {
    id: 'bytes.upload-cut-at-1-mib',
    kind: 10,
    defect: 'Uploads are cut at 1 MiB and stored as complete.',
    changes: [cutAt(1_048_576)],
    caughtBy: bytes,
  },
  {
    id: 'bytes.upload-cut-at-4-mib',
    kind: 10,
    defect: 'Uploads are cut at 4 MiB and stored as complete.',
    changes: [cutAt(4_194_304)],
    caughtBy: bytes,
  },
  {
    id: 'bytes.last-byte-lost',
    kind: 10,
    defect: 'Uploads of a full buffer lose their last byte.',
    changes: [
      replacing(
        storage,
        'transform(chunk: Buffer, _encoding, done) {',
        `transform(whole: Buffer, _encoding, done) {
          const chunk = whole.length % 4_096 === 0 ? whole.subarray(0, -1) : whole;`,
      ),
    ],
    caughtBy: bytes,
  },
  {
    id: 'bytes.hash-of-first-chunk',
    kind: 10,
    defect: 'The stored SHA-256 is that of the first chunk of an upload.',
    changes: [replacing(storage, 'hash.update(chunk);', 'if (size === chunk.length) hash.update(chunk);')],
    caughtBy: bytes,
  },
  {
    id: 'bytes.range-ends-early',
    kind: 10,
    defect: 'A range of a download ends one byte early.',
    changes: [
      replacing(
        range,
        'Math.min(Number(last), size - 1);',
        'Math.max(start, Math.min(Number(last), size - 1) - 1);',
      ),
    ],
    caughtBy: bytes,
  },
  {
    id: 'bytes.suffix-range-from-the-start',
    kind: 10,
    defect: 'A range of the last bytes returns the first ones.',
    changes: [replacing(range, '{ start: size - length, end: size - 1 }', '{ start: 0, end: length - 1 }')],
    caughtBy: bytes,
  },
  {
    id: 'bytes.open-range-ends-early',
    kind: 10,
    defect: 'A range without an end lacks the last byte of the file.',
    changes: [replacing(range, "last === '' ? size - 1 :", "last === '' ? Math.max(start, size - 2) :")],
    caughtBy: bytes,
  },
  {
    id: 'bytes.range-ignores-its-start',
    kind: 10,
    defect: 'A range of a download has the right length and begins at the first byte.',
    changes: [
      replacing(
        'services/file-service/download/download-file.ts',
        'return handle.createReadStream(range);',
        'return handle.createReadStream({ start: 0, end: range.end - range.start });',
      ),
    ],
    caughtBy: bytes,
  },
  {
    id: 'bytes.gateway-rewrites-text',
    kind: 10,
    defect: 'The gateway reads short responses as UTF-8 text, which replaces other bytes.',
    changes: [
      replacing(
        'services/gateway/upstream/forward-request.ts',
        "response.end(chunk.toString('latin1'), 'latin1')",
        "response.end(chunk.toString('utf8'), 'utf8')",
      ),
    ],
    caughtBy: bytes,
  },
  {
    id: 'bytes.windows-text-read-as-utf-8',
    kind: 10,
    defect: 'Texts in Windows-1252 are read as UTF-8.',
    changes: [
      replacing(
        `${extraction}/text-encoding.ts`,
        "if (seen.invalid === 0 || seen.valid > seen.invalid) return 'utf-8';",
        "if (seen.invalid >= 0) return 'utf-8';",
      ),
    ],
    caughtBy: characters,
  },
  {
    id: 'bytes.utf-8-read-as-windows-text',
    kind: 10,
    defect: 'Texts in UTF-8 are read as Windows-1252.',
    changes: [
      replacing(
        `${extraction}/text-encoding.ts`,
        "if (seen.invalid === 0 || seen.valid > seen.invalid) return 'utf-8';",
        "if (seen.invalid === 0 && seen.valid === 0) return 'utf-8';",
      ),
    ],
    caughtBy: characters,
  },
  {
    id: 'bytes.utf-16-read-in-the-wrong-order',
    kind: 10,
    defect: 'Texts in UTF-16 with a byte order mark are read with the other byte order.',
    changes: [
      replacing(
        `${extraction}/text-encoding.ts`,
        "if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';",
        "if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16le';",
      ),
    ],
    caughtBy: characters,
  },
  {
    id: 'bytes.table-rows-broken-at-buffers',
    kind: 10,
    defect: 'Characters that cross a buffer are lost from the rows of a table.',
    changes: [
      replacing(
        `${extraction}/extract-csv.ts`,
        'yield decoder.decode(chunk, { stream: true });',
        'yield decoder.decode(chunk);',
      ),
    ],
    caughtBy: characters,
  },
  {
    id: 'bytes.table-loses-rows',
    kind: 10,
    defect: 'Reading a table loses each five-hundredth row.',
    changes: [
      replacing(
        `${extraction}/extract-csv.ts`,
        'if (position >= skip) collector.add(record);',
        'if (position >= skip && position % 500 !== 499) collector.add(record);',
      ),
    ],
    caughtBy: complete,
  },
  {
    id: 'bytes.json-loses-fields',
    kind: 10,
    defect: 'Fields that only later objects of a JSON list have are lost.',
    changes: [
      replacing(
        `${extraction}/extract-json.ts`,
        'list.slice(0, extractionLimits.rows).flatMap',
        'list.slice(0, 1).flatMap',
      ),
    ],
    caughtBy: characters,
  },
  {
    id: 'bytes.text-cut-without-a-word',
    kind: 10,
    defect: 'Extracted texts are cut at 60,000 characters and said to be complete.',
    changes: [
      replacing(
        `${extraction}/limit-text.ts`,
        'text: storableText(text.slice(0, maxLength))',
        'text: storableText(text.slice(0, Math.min(maxLength, 60_000)))',
      ),
    ],
    caughtBy: complete,
  },
  {
    id: 'bytes.workbook-has-wrong-texts',
    kind: 10,
    defect: 'Texts of a workbook are those of the next cell.',
    changes: [
      replacing(
        `${extraction}/workbook/read-sheet.ts`,
        'workbook.sharedStrings[Number(text)]',
        'workbook.sharedStrings[Number(text) + 1]',
      ),
    ],
    caughtBy: characters,
  },
  {
    id: 'bytes.export-loses-file-content',
    kind: 10,
    defect: 'The export of a user has only the first part of each file.',
    changes: [
      replacing(
        'services/platform-services/exports/write-archive.ts',
        "else await entry?.write(Buffer.from(line.data, 'base64'), signal);",
        "else await entry?.write(Buffer.from(line.data, 'base64').subarray(0, 30_000), signal);",
      ),
    ],
    caughtBy: ['security.files.exports-have-whole-files'],
  },
];
