import { html } from './html.ts';
import { renderPage, type Visitor } from './layout.ts';

const parts = [
  [
    'Your bases, one address',
    'Work with Airtable records, schemas and formulas through one gateway, with your own permissions.',
  ],
  [
    'Tools for language models',
    'Ask questions about your tables. Fourteen tools use the Model Context Protocol, with your permissions only.',
  ],
  [
    'Workflows that finish',
    'Automations and multi-step transactions run to the end, or undo what they have done.',
  ],
] as const;

export function landingPage(visitor: Visitor): string {
  return renderPage({
    title: 'Airtable, automated',
    visitor,
    content: html`
      <section class="hero">
        <h1>Airtable, automated</h1>
        <p class="lead">Bases, language models, files and workflows on one platform. Every tenant’s data stays separate.</p>
        <p class="actions">
          ${
            visitor.signedIn
              ? html`<a class="button" href="/dashboard">Go to the dashboard</a>`
              : html`
                <a class="button" href="/auth/register">Create an account</a>
                <a class="button quiet" href="/auth/login">Sign in</a>
              `
          }
        </p>
      </section>
      <ul class="cards">
        ${parts.map(([title, text]) => html`<li class="card"><h2>${title}</h2><p>${text}</p></li>`)}
      </ul>
    `,
  });
}
