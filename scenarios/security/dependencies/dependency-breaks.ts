import type { Break } from '../../../harness/engine/index.ts';

/** One changed place of a file of the checkout. */
const changed = (file: string, find: string, replace: string) =>
  ({ kind: 'checkout', file, find, replace }) as const;

export const dependencyBreaks: readonly Break[] = [
  {
    defect: 'A dependency may be any later version.',
    changes: [changed('package.json', '"jose": "', '"jose": "^')],
    violates: ['unpinned', 'lockedOtherwise'],
  },
  {
    defect: 'A package is installed without a checksum.',
    changes: [
      changed(
        'package-lock.json',
        '"node_modules/jose": {',
        '"node_modules/jose": {},\n    "node_modules/jose-of-nobody": {',
      ),
    ],
    violates: ['withoutChecksum'],
  },
  {
    defect: 'A package comes from a server without encryption.',
    changes: [
      changed(
        'package-lock.json',
        '"node_modules/jose": {',
        '"node_modules/jose": {\n      "resolved": "http://packages.example/jose.tgz",',
      ),
    ],
    violates: ['fromElsewhere'],
  },
  {
    defect: 'Another version of a package is installed.',
    changes: [changed('node_modules/zod/package.json', '"version": "', '"version": "0.')],
    violates: ['otherVersion'],
  },
  {
    defect: 'A package with an install script runs it without a decision.',
    changes: [changed('package.json', '"esbuild": true,', '')],
    violates: ['undecidedScripts'],
  },
];
