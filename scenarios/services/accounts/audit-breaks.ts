import type { Break } from '../../../harness/engine/index.ts';

/** Takes a part of the query of the audit log away. */
const withoutQuery = (parts: RegExp) => ({
  kind: 'exchange' as const,
  path: /^\/api\/audit\/events\?/,
  request: ({ url }: { url: string }) => ({ url: url.replaceAll(parts, '') }),
});

export const auditListBreaks: readonly Break[] = [
  {
    defect: 'The audit log ignores the filter by event.',
    changes: [withoutQuery(/event=[^&]*&?/g)],
    violates: ['wrongEvents', 'added'],
  },
  {
    defect: 'Every page of the audit log is the first one.',
    changes: [withoutQuery(/page=[^&]*&?/g)],
    violates: ['pages'],
  },
];

/** Gives a member the role that the former owner should have. */
export const transferBreaks: readonly Break[] = [
  {
    defect: 'After a transfer, the list shows the former owner as the owner.',
    changes: [
      {
        kind: 'exchange',
        method: 'GET',
        path: /\/members$/,
        response({ status, body }) {
          if (status !== 200) return {};
          return { body: Buffer.from(body.toString().replaceAll('"admin"', '"owner"')) };
        },
      },
    ],
    violates: ['members'],
  },
  {
    defect: 'A transfer to somebody who is no member succeeds.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /\/transfer$/,
        response: ({ status }) => (status === 404 ? { status: 200 } : {}),
      },
    ],
    violates: ['toStranger'],
  },
];
