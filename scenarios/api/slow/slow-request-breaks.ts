import type { Break } from '../../../harness/engine/index.ts';

const pace = 'platform/kit/http/body-pace.ts';

export const slowBreaks: readonly Break[] = [
  {
    defect: 'The head of a request may take any time.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/service/build-service.ts',
        find: 'headersTimeout: headMs,',
        replace: 'headersTimeout: 250_000,',
      },
    ],
    violates: ['open'],
  },
  {
    defect: 'The body of a request may take any time.',
    changes: [
      {
        kind: 'source',
        file: pace,
        find: 'if (!upload) return false;',
        replace: 'if (!upload) return true;',
      },
    ],
    violates: ['open'],
  },
  {
    defect: 'An upload may send a byte per second.',
    changes: [
      {
        kind: 'source',
        file: pace,
        find: 'request.socket.bytesRead - bytesBefore >= enough;',
        replace: 'request.socket.bytesRead - bytesBefore >= Math.min(1, enough);',
      },
    ],
    violates: ['open'],
  },
];
