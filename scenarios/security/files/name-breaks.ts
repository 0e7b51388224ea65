import type { Break } from '../../../harness/engine/index.ts';

export const nameBreaks: readonly Break[] = [
  {
    defect: 'Names keep their folders.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/files\/upload$/,
        response: ({ body }) => ({
          body: Buffer.from(
            body.toString().replace('"filename":"passwd.txt"', '"filename":"../../etc/passwd.txt"'),
          ),
        }),
      },
    ],
    violates: ['wrongNames'],
  },
  {
    defect: 'The content of a file is not compared with its name.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/file-service/upload/check-content.ts',
        find: "  const file = await open(path, 'r');\n  try {\n    const head",
        replace:
          "  if (type.content !== 'office-archive') return;\n  const file = await open(path, 'r');\n  try {\n    const head",
      },
    ],
    violates: ['acceptedContents', 'kept'],
  },
  {
    defect: 'Downloads are shown in the browser.',
    changes: [
      {
        kind: 'exchange',
        path: /\/download$/,
        response: ({ headers }) => ({
          headers: { ...headers, 'content-disposition': 'inline', 'content-type': 'text/html' },
        }),
      },
    ],
    violates: ['downloadHeaders'],
  },
];
