import type { Break } from '../../../harness/engine/index.ts';

/** Sends a visitor who has sent a form to the address that came with it. */
const followed = (action: RegExp, name: string) => ({
  kind: 'exchange' as const,
  service: 'frontend' as const,
  method: 'POST',
  path: action,
  response({ status, headers }: { status: number; headers: object }, { body }: { body: Buffer }) {
    const target = new URLSearchParams(body.toString()).get(name);
    return status === 303 && target !== null ? { headers: { ...headers, location: target } } : {};
  },
});

export const formTargetBreaks: readonly Break[] = [
  {
    defect: 'Signing out follows an address.',
    changes: [followed(/^\/auth\/logout/, 'next')],
    violates: ['leaving'],
  },
  {
    defect: 'Confirming an address follows an address.',
    changes: [followed(/^\/auth\/verify-email/, 'returnTo')],
    violates: ['leaving'],
  },
  {
    defect: 'A page follows an address.',
    changes: [
      {
        kind: 'exchange',
        service: 'frontend',
        method: 'GET',
        path: /^\/auth\/done/,
        response: ({ headers }, { url }) =>
          url.includes('goto=') ? { status: 303, headers: { ...headers, location: '//evil.example/' } } : {},
      },
    ],
    violates: ['leaving'],
  },
];
