import type { Break } from '../../harness/engine/index.ts';
import { pageChange } from './visit/site-breaks.ts';

export const tableTooWide: Break = {
  defect: 'The dashboard is wider than the screen of a phone.',
  changes: [
    pageChange(/^\/dashboard/, (html) =>
      html.replace('</main>', `<code>${'wide'.repeat(200)}</code></main>`),
    ),
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/assets\/.*css/,
      response: ({ body }) => ({
        body: Buffer.concat([body, Buffer.from('code { white-space: nowrap !important }')]),
      }),
    },
  ],
  violates: ['problems'],
};

export const labelLost: Break = {
  defect: 'The field of the email address has no label.',
  changes: [pageChange(/^\/auth\/login/, (html) => html.replace('<label for="email">', '<label>'))],
  violates: ['violations'],
};

export const contrastLost: Break = {
  defect: 'Text has almost the colour of its background.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/assets\/.*css/,
      response: ({ body }) => ({
        body: Buffer.concat([
          body,
          Buffer.from('body, p, a, label, h1 { color: #eee !important; background: #fff !important }'),
        ]),
      }),
    },
  ],
  violates: ['violations'],
};
