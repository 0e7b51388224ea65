import type { Break, Change } from '../../harness/engine/index.ts';
import { headerChange, pageChange } from './visit/site-breaks.ts';

/** Changes the JSON that the gateway returns. */
function jsonChange(path: RegExp, edit: (text: string) => string, method = 'GET'): Change {
  return {
    kind: 'exchange',
    method,
    path,
    response: ({ body }) => ({ body: Buffer.from(edit(body.toString('utf8'))) }),
  };
}

/** What must turn each flow of a user red, by the id of the flow. */
export const userBreaks = {
  register: [
    {
      defect: 'A new account has no workspace.',
      changes: [
        pageChange(/^\/dashboard/, (html) =>
          html.replace(/(<h2 id="workspaces">.*?<ul class="rows">).*?(<\/ul>)/s, '$1$2'),
        ),
      ],
      violates: ['seesWorkspace'],
    },
  ],
  'sign-in': [
    {
      defect: 'Signing in always leads to the dashboard.',
      changes: [
        headerChange(/^\/auth\/login$/, ({ location }) =>
          location === undefined ? {} : { location: '/dashboard' },
        ),
      ],
      violates: ['returnsToPage'],
    },
  ],
  'open-pages': [
    {
      defect: 'The page of exports is not found.',
      changes: [
        {
          kind: 'exchange',
          service: 'frontend',
          path: /^\/account\/export/,
          response: () => ({ status: 404 }),
        },
      ],
      violates: ['unexpected'],
    },
    {
      defect: 'The dashboard does not link to the users of the tenant.',
      changes: [pageChange(/^\/dashboard/, (html) => html.replace(/<a href="\/admin\/users">.*?<\/a>/, ''))],
      violates: ['users'],
    },
  ],
  'call-api': [
    {
      defect: 'A revoked key still works.',
      changes: [
        {
          kind: 'exchange',
          path: /^\/api\/airtable\/v0\/meta\/bases/,
          response: ({ status }) => (status === 401 ? { status: 200 } : {}),
        },
      ],
      violates: ['revokesKey'],
    },
    {
      defect: 'The page shows a part of the new key.',
      changes: [
        pageChange(/^\/account\/tokens$/, (html) => html.replace(/(<code id="token">.{20})[^<]*/, '$1')),
      ],
      violates: ['callsApi'],
    },
  ],
  'manage-data': [
    {
      defect: 'A change of a record is confirmed and not stored.',
      changes: [
        jsonChange(/^\/api\/airtable\/v0\/app/, (text) => text.replace('"Name":"South"', '"Name":"North"')),
      ],
      violates: ['changesRecord'],
    },
  ],
  'run-workflows': [
    {
      defect: 'Runs end without their effect.',
      changes: [
        jsonChange(/^\/api\/airtable\/v0\/app/, (text) => text.replace(/"records":\[.*\]/s, '"records":[]')),
      ],
      violates: ['seesEffect'],
    },
  ],
  'process-files': [
    {
      defect: 'A download ends after 10 bytes.',
      changes: [
        {
          kind: 'exchange',
          path: /^\/api\/files\/[^/]+\/download/,
          response: ({ headers, body }) => ({
            headers: { ...headers, 'content-length': '10' },
            body: body.subarray(0, 10),
          }),
        },
      ],
      violates: ['downloadsIt'],
    },
  ],
  'use-tools': [
    {
      defect: 'Every tool returns an empty list.',
      changes: [
        jsonChange(/^\/api\/mcp\/tools\/call/, () => '{"success":true,"result":{"tables":[]}}', 'POST'),
      ],
      violates: ['callsTool'],
    },
  ],
} as const satisfies Readonly<Record<string, readonly Break[]>>;
