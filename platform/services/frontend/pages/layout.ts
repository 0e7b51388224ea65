import { renderToString } from 'preact-render-to-string';
import { html, type VNode } from './html.ts';
import { stylesheetPath } from './stylesheet.ts';

export interface Visitor {
  signedIn: boolean;
  /** For the forms of the page. */
  csrfToken: string;
}

export interface Page {
  title: string;
  visitor: Visitor;
  content: VNode;
  /** For pages with a single form. */
  narrow?: boolean;
}

function navigation({ signedIn, csrfToken }: Visitor): VNode {
  if (!signedIn)
    return html`
      <nav aria-label="Main">
        <a href="/auth/login">Sign in</a>
        <a class="button small" href="/auth/register">Create an account</a>
      </nav>
    `;
  return html`
    <nav aria-label="Main">
      <a href="/dashboard">Dashboard</a>
      <form method="post" action="/auth/logout">
        <input type="hidden" name="csrf" value=${csrfToken} />
        <button class="quiet small" type="submit">Sign out</button>
      </form>
    </nav>
  `;
}

/** Renders a whole document. */
export function renderPage(page: Page): string {
  const body = html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} · PyAirtable</title>
        <link rel="stylesheet" href=${stylesheetPath} />
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <div class="bar">
            <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>PyAirtable</a>
            ${navigation(page.visitor)}
          </div>
        </header>
        <main id="main" class=${page.narrow ? 'narrow' : 'wide'}>${page.content}</main>
        <footer><div class="bar">PyAirtable platform</div></footer>
      </body>
    </html>
  `;
  return `<!doctype html>\n${renderToString(body)}`;
}
