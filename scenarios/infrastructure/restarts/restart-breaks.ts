import type { Break } from '../../../harness/engine/index.ts';

export const redundancyBreaks: readonly Break[] = [
  {
    defect: 'A route fails while second servers restart.',
    changes: [{ kind: 'exchange', path: /^\/api\/users\/me/, response: () => ({ status: 500 }) }],
    violates: ['otherErrors'],
  },
];
