import type { Break } from '../../harness/engine/index.ts';
import { pageChange } from './visit/site-breaks.ts';

/** Empties the list of the card with this id of its heading. */
const emptied = (id: string) => (html: string) =>
  html.replace(new RegExp(`(<h2 id="${id}">.*?<ul class="rows">).*?(</ul>)`, 's'), '$1$2');

export const cardEmptied: Break = {
  defect: 'The card of workspaces on the dashboard is always empty.',
  changes: [pageChange(/^\/dashboard/, emptied('workspaces'))],
  violates: ['dashboard'],
};

export const invitationsEmptied: Break = {
  defect: 'The card of invitations is always empty.',
  changes: [pageChange(/^\/workspaces\//, emptied('invitations'))],
  violates: ['members'],
};

export const keysEmptied: Break = {
  defect: 'The list of API keys is always empty.',
  changes: [pageChange(/^\/account\/tokens/, emptied('keys'))],
  violates: ['keys'],
};

export const rowDropped: Break = {
  defect: 'The list of users loses its last entry.',
  changes: [
    pageChange(/^\/admin\/users$/, (html) => {
      const start = html.lastIndexOf('<li>');
      return html.slice(0, start) + html.slice(html.indexOf('</li>', start) + '</li>'.length);
    }),
  ],
  violates: ['users'],
};

export const wrongRole: Break = {
  defect: 'The page of members shows every member as a viewer.',
  changes: [
    pageChange(/^\/workspaces\//, (html) =>
      html
        .replaceAll(/<option([^>]*) selected([^>]*)>/g, '<option$1$2>')
        .replaceAll('value="viewer"', 'value="viewer" selected'),
    ),
  ],
  violates: ['members'],
};

export const searchIgnored: Break = {
  defect: 'The search of the page of users is ignored.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/admin\/users\?search=/,
      request: () => ({ url: '/admin/users' }),
    },
  ],
  violates: ['search'],
};

export const invitationForNobody: Break = {
  defect: 'The page of an invitation does not name the workspace.',
  changes: [
    pageChange(/^\/invitation/, (html) => html.replace(/<strong>.*?<\/strong>/s, '<strong></strong>')),
  ],
  violates: ['invitation'],
};
