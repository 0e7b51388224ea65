import type { Break } from '../../../harness/engine/index.ts';

const upload = 'platform/services/file-service/upload/upload-file.ts';

export const fullDiskBreaks: readonly Break[] = [
  {
    defect: 'A disk without room is an internal error.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/file-service/store/storage-full.ts',
        find: "new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])",
        replace: 'new Set([])',
      },
    ],
    violates: ['withoutRoom', 'namesRetry'],
  },
  {
    defect: 'The part of an upload that failed stays on the disk.',
    changes: [
      {
        kind: 'source',
        file: upload,
        find: '  } catch (error) {\n    await storage.discard(storageName);',
        replace: '  } catch (error) {',
      },
    ],
    violates: ['leftOnDisk'],
  },
  {
    defect: 'The row of an upload that failed stays in the quota.',
    changes: [
      {
        kind: 'source',
        file: upload,
        find: 'const deleted = reserved && (await',
        replace: 'const deleted = !reserved && (await',
      },
    ],
    violates: ['leftInDatabase'],
  },
];
