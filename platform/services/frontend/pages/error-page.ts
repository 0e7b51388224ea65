import { html } from './html.ts';
import { renderPage, type Visitor } from './layout.ts';

export interface ErrorView {
  visitor: Visitor;
  status: number;
  requestId: string;
}

const texts: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ['Bad request', 'Your browser sent something that could not be understood.'],
  403: [
    'Not allowed',
    'This request did not come from a page of this site. Go back, reload the page and try again.',
  ],
  404: ['Page not found', 'There is no page at this address.'],
  413: ['Too much', 'What was sent is too large.'],
  415: ['Not understood', 'The form was sent in a way that is not understood here.'],
  429: ['Too many requests', 'Wait a while, then try again.'],
  502: [
    'The platform cannot be reached',
    'The pages work, but what is behind them does not answer. Try again in a minute.',
  ],
  503: ['The platform is not ready', 'Try again in a minute.'],
  504: ['The platform is slow', 'It took too long to answer. Try again in a minute.'],
};
const fallback = ['Something went wrong', 'This is our fault. Try again in a minute.'] as const;

/** Says what happened without telling how the inside looks; the id finds the log lines. */
export function errorPage({ visitor, status, requestId }: ErrorView): string {
  const [title, text] = texts[status] ?? fallback;
  return renderPage({
    title,
    visitor,
    narrow: true,
    content: html`
      <section class="card">
        <h1>${title}</h1>
        <p>${text}</p>
        <p><a href="/">Go to the start page</a></p>
        <p class="fine">Error ${status} · <code>${requestId}</code></p>
      </section>
    `,
  });
}
