import type { Break } from '../../../harness/engine/index.ts';

export const uploadLimitBreaks: readonly Break[] = [
  {
    defect: 'The parser ends a file at its limit, and the part before it is stored.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/file-service/upload/read-form.ts',
        find: 'const limits = { files: 1,',
        replace: 'const limits = { fileSize: 1_048_576, files: 1,',
      },
    ],
    violates: ['overLimit', 'left', 'totals'],
  },
];
