import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

/** Takes a part of the query away. */
const withoutQuery = (parts: RegExp) => ({
  kind: 'exchange' as const,
  path: /\/records\?/,
  request: ({ url }: { url: string }) => ({ url: url.replaceAll(parts, '') }),
});

export const listBreaks: readonly Break[] = [
  {
    defect: 'The sort of a list is ignored.',
    changes: [withoutQuery(/sort=[^&]*&?/g)],
    violates: ['sorted', 'severalKeys', 'sortedPages'],
  },
  {
    defect: 'Page 2 is page 1.',
    changes: [withoutQuery(/&?offset=[^&]*/g)],
    violates: ['pages', 'sortedPages'],
  },
  {
    defect: 'The formula of a filter is ignored.',
    changes: [withoutQuery(/filter_by_formula=[^&]*&?/g)],
    violates: ['filtered'],
  },
];

export const linkBreaks: readonly Break[] = [
  {
    defect: 'Counts of links are always 0.',
    changes: [
      alteredJson('GET', /\/tables\/[^/]+\/records\/rec/, (body) => {
        if ('Links' in body.fields) body.fields.Links = 0;
      }),
    ],
    violates: ['before', 'afterChange', 'afterUnlink'],
  },
];

export const historyBreaks: readonly Break[] = [
  {
    defect: 'The list of comments loses its oldest one.',
    changes: [
      alteredJson('GET', /\/comments$/, (body) => {
        body.comments.pop();
      }),
    ],
    violates: ['comments', 'afterDeletion'],
  },
];

export const schemaBreaks: readonly Break[] = [
  {
    defect: 'A schema loses its last table.',
    changes: [
      alteredJson('GET', /\/bases\/[^/]+\/schema$/, (body) => {
        body.tables.pop();
      }),
    ],
    violates: ['sameSchema'],
  },
];
