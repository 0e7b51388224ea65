import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, oneBreak } from '../../kit/breaks.ts';

export const byteBreaks: readonly Break[] = [
  {
    defect: 'The file service stores the first 64 KiB of a file only.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/file-service/upload/read-form.ts',
        find: 'const limits = { files: 1,',
        replace: 'const limits = { fileSize: 65_536, files: 1,',
      },
    ],
    violates: ['notStored'],
  },
  {
    defect: 'The gateway changes the last byte of downloads.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/files\/[^/]+\/download$/,
        response: ({ body }) => {
          const changed = Buffer.from(body);
          if (changed.length > 0) changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
          return { body: changed };
        },
      },
    ],
    violates: ['wrongDownloads', 'wrongRanges'],
  },
  {
    defect: 'A range ends one byte early.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/files\/[^/]+\/download$/,
        request: ({ headers }) => {
          const match = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
          return match === null
            ? {}
            : {
                headers: {
                  ...headers,
                  range: `bytes=${match[1]}-${Math.max(Number(match[1]), Number(match[2]) - 1)}`,
                },
              };
        },
      },
    ],
    violates: ['wrongRanges'],
  },
];

export const textBreaks: readonly Break[] = [
  {
    defect: 'Texts of records are cut after 65,536 characters.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/airtable\/v0\/app[^/]+\/Notes$/,
        request: ({ body }) => {
          const { fields } = JSON.parse(body.toString()) as { fields: { Name: string; Text: string } };
          const Text = fields.Text.length > 100_000 ? fields.Text : fields.Text.slice(0, 65_536);
          return { body: Buffer.from(JSON.stringify({ fields: { ...fields, Text } })) };
        },
      },
    ],
    violates: ['wrong', 'records'],
  },
];

export const exportBreaks: readonly Break[] = [
  {
    defect: 'An export has the first part of a file only.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/file-service/store/export-files.ts',
        find: "    for await (const chunk of handle.createReadStream({ highWaterMark: bytesPerLine, autoClose: false }))\n      await write({ data: (chunk as Buffer).toString('base64') });",
        replace:
          "    for await (const chunk of handle.createReadStream({ highWaterMark: bytesPerLine, autoClose: false })) {\n      await write({ data: (chunk as Buffer).toString('base64') });\n      break;\n    }",
      },
    ],
    violates: ['missing'],
  },
];

export const extractionBreaks: readonly Break[] = [
  oneBreak(
    'The last row of a table is lost.',
    changeJson({ path: /\/extract$/, status: 200 }, (json) =>
      json.rows === undefined ? json : { ...json, rows: json.rows.slice(0, -1) },
    ),
    'rows',
    'lastRow',
  ),
  oneBreak(
    'Texts are extracted from the first 64 KiB only.',
    changeJson({ path: /\/extract$/, status: 200 }, (json) => ({
      ...json,
      text: json.text?.slice(0, 65_536),
    })),
    'text',
  ),
];
