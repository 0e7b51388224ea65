import type { Break, Change, ProxiedRequest } from '../../../harness/engine/index.ts';

/** The request's span, which the generator chooses at random, as a number from 0 to 255. */
const spanOf = ({ headers }: ProxiedRequest): number =>
  Number.parseInt(String(headers.traceparent).slice(-5, -3), 16);

/** A share of the requests fails. @param of256 how many of 256 */
const failing = (of256: number, path: RegExp): Change => ({
  kind: 'exchange',
  method: 'GET',
  path,
  response: (_response, request) => (spanOf(request) < of256 ? { status: 500 } : {}),
});

const ownProfile = {
  kind: 'source',
  file: 'platform/services/user-service/app.ts',
  find: 'ownProfile: ({ caller }) => profileOf(database, caller),',
} as const;

/** @param work statements of the route `GET /users/me` before its own */
const ownProfileAlso = (work: string): Change => ({
  ...ownProfile,
  replace: `ownProfile: async ({ caller }) => { const shared = globalThis as unknown as { kept?: unknown[] }; const kept = (shared.kept ??= []); ${work} return profileOf(database, caller); },`,
});

export const errorRateBreaks: readonly Break[] = [
  {
    defect: 'One request in eight fails.',
    changes: [failing(32, /^\/api\//)],
    violates: ['errors'],
  },
  {
    defect: 'Lists of records take a second longer.',
    changes: [{ kind: 'exchange', method: 'GET', path: /\/records\?/, delayMs: 1_100 }],
    violates: ['overBudget', 'p95'],
  },
  {
    defect: 'Each sign-in takes 700 ms longer.',
    changes: [{ kind: 'exchange', method: 'POST', path: /^\/api\/auth\/login$/, delayMs: 700 }],
    violates: ['overBudget'],
  },
];

export const levelBreaks: readonly Break[] = [
  {
    defect: 'One request in a hundred fails.',
    changes: [failing(3, /^\/api\/(?:saga|files)$/)],
    violates: ['failures'],
  },
  {
    defect: 'A list keeps 20 KB of each request.',
    changes: [ownProfileAlso('kept.push(Array.from({ length: 2_500 }, () => caller.sub));')],
    violates: ['leaking'],
  },
  {
    defect: 'A buffer of 20 KB stays of each request.',
    changes: [ownProfileAlso('kept.push(Buffer.alloc(20_000));')],
    violates: ['leaking'],
  },
  {
    defect: 'Each request takes 0.1 ms longer than the one before.',
    changes: [
      ownProfileAlso('kept.push(0); await new Promise((resolve) => setTimeout(resolve, kept.length / 10));'),
    ],
    violates: ['slowing'],
  },
];

export const paceBreaks: readonly Break[] = [
  {
    defect: 'One route takes 150 ms longer.',
    changes: [{ kind: 'exchange', path: /^\/api\/workspaces$/, delayMs: 150 }],
    violates: ['slow'],
  },
  {
    defect: 'Every route takes 100 ms longer.',
    changes: [{ kind: 'exchange', path: /^\/api\//, delayMs: 100 }],
    violates: ['slow'],
  },
  {
    defect: 'A page takes 150 ms longer.',
    changes: [{ kind: 'exchange', service: 'frontend', path: /^\/auth\/login$/, delayMs: 150 }],
    violates: ['slow'],
  },
  {
    defect: 'A list is answered with an error.',
    changes: [
      { kind: 'exchange', method: 'GET', path: /^\/api\/templates$/, response: () => ({ status: 500 }) },
    ],
    violates: ['failing'],
  },
];
