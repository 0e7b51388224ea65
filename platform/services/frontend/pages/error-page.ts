import { html } from './html.ts';
import { renderPage, type Visitor } from './layout.ts';

export interface ErrorView {
  visitor: Visitor;
  status: number;
  requestId: string;
}

const texts: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ['Bad request', 'Your browser sent a request that this site does not understand.'],
  403: [
    'Not allowed',
    'This request did not come from a page of this site. Go back, reload the page and try again.',
  ],
  404: ['Page not found', 'There is no page at this address.'],
  413: ['Too large', 'Your browser sent too much data.'],
  415: ['Not supported', 'Your browser sent the form in a format that this site does not support.'],
  429: ['Too many requests', 'Wait a while, then try again.'],
  502: [
    'The platform cannot be reached',
    'This site works, but the platform behind it does not respond. Try again in a minute.',
  ],
  503: ['The platform is not ready', 'Try again in a minute.'],
  504: ['The platform is slow', 'It took too long to respond. Try again in a minute.'],
};
const fallback = ['Something went wrong', 'The problem is on our side. Try again in a minute.'] as const;

/** Says what happened without internal details; the id leads to the log lines. */
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
