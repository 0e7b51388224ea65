import type { Break, Change } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

const textEncoding = 'platform/services/file-service/processing/extraction/text-encoding.ts';

const altered = (alter: Parameters<typeof alteredJson>[2]): Change => alteredJson('GET', /\/extract$/, alter);

export const extractionValueBreaks: readonly Break[] = [
  {
    defect: 'Texts in Windows-1252 are read as UTF-8.',
    changes: [
      {
        kind: 'source',
        file: textEncoding,
        find: "if (seen.invalid === 0 || seen.valid > seen.invalid) return 'utf-8';",
        replace: "if (seen.invalid >= 0) return 'utf-8';",
      },
    ],
    violates: ['windows1252'],
  },
  {
    defect: 'Characters beyond Latin-1 are replaced.',
    changes: [
      altered((body) => {
        body.text = body.text.replaceAll(/[^\0-\xff]/g, '?');
      }),
    ],
    violates: ['utf8', 'utf16le', 'utf16be', 'document'],
  },
  {
    defect: 'Cells of tables lose their characters beyond ASCII.',
    changes: [
      altered((body) => {
        const text = JSON.stringify(body.rows ?? []).replaceAll(/[^\0-\x7f]/g, '?');
        body.rows = JSON.parse(text);
      }),
    ],
    violates: ['semicolons', 'wideRows', 'json', 'workbook'],
  },
  {
    defect: 'Characters that cross a buffer are lost from the rows of a table.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/file-service/processing/extraction/extract-csv.ts',
        find: 'yield decoder.decode(chunk, { stream: true });',
        replace: 'yield decoder.decode(chunk);',
      },
    ],
    violates: ['wideRows'],
  },
];
