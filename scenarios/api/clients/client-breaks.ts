import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak, respondWith } from '../../kit/breaks.ts';

/** Lists of records. */
const list = { method: 'GET', path: /^\/api\/airtable\/v0\/app\w+\/[^/]+(\?.*)?$/, status: 200 };
/** Lists of records whose question is too long for a URL. */
const longList = {
  method: 'POST',
  path: /^\/api\/airtable\/v0\/app\w+\/[^/]+\/listRecords(\?.*)?$/,
  status: 200,
};
/** Reads of one record. */
const oneRecord = { method: 'GET', path: /^\/api\/airtable\/v0\/app\w+\/[^/]+\/rec\w+(\?.*)?$/ };

export const pagesBreak: Break = oneBreak(
  'A list of records ends with its first page.',
  changeJson(list, ({ offset: _lost, ...json }) => json),
  'pages',
);

export const longPagesBreak: Break = oneBreak(
  'A list of records that is asked for in a body ends with its first page.',
  changeJson(longList, ({ offset: _lost, ...json }) => json),
  'failed',
);

export const journeyBreaks: readonly Break[] = [
  pagesBreak,
  oneBreak(
    'An upsert creates records that exist.',
    changeJson({ method: 'PATCH', path: /^\/api\/airtable\/v0\// }, (json) => ({
      ...json,
      updatedRecords: [],
      createdRecords: json.records?.map(({ id }: { id: string }) => id),
    })),
    'upserted',
  ),
];

export const usesBreak: Break = oneBreak(
  'Numbers arrive as text.',
  changeJson(list, (json) => ({
    ...json,
    records: json.records.map(({ fields, ...record }: { fields: Record<string, unknown> }) => ({
      ...record,
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          typeof value === 'number' ? String(value) : value,
        ]),
      ),
    })),
  })),
  'wrong',
);

export const typedClientBreak: Break = oneBreak(
  'A deleted record is found with status 403 instead of 404.',
  changeStatus({ ...oneRecord, status: 404 }, 403),
  'wrong',
);

export const generatedClientBreak: Break = oneBreak(
  'A missing record is reported with another code than declared.',
  respondWith({ ...oneRecord, status: 404 }, 404, { error: 'GONE' }),
  'missingRecord',
);

const mcp = { method: 'POST', path: /^\/api\/mcp$/ };

export const mcpSdkBreaks: readonly Break[] = [
  {
    defect: 'A client reads the tables of another tenant through a tool.',
    changes: [
      {
        kind: 'exchange',
        ...mcp,
        // Whatever the form of the response is, JSON or an event, its failures become successes.
        response: ({ body }) => ({
          body: Buffer.from(
            body.toString().replaceAll('"isError":true', '"isError":false,"structuredContent":{"tables":[]}'),
          ),
        }),
      },
    ],
    violates: ['failureIsError', 'foreignBaseIsError'],
  },
  {
    defect: 'A tool is missing.',
    changes: [
      {
        kind: 'exchange',
        ...mcp,
        response: ({ body }) => ({
          body: Buffer.from(body.toString().replaceAll('"name":"list_tables"', '"name":"tables"')),
        }),
      },
    ],
    violates: ['tools'],
  },
];

export const mcpConformanceBreak: Break = {
  defect: 'The server accepts requests of foreign pages.',
  changes: [
    {
      kind: 'exchange',
      path: /^\/api\/mcp$/,
      request: ({ headers: { origin: _hidden, ...headers } }) => ({ headers }),
    },
  ],
  violates: ['failed'],
};

export const fuzzingBreak: Break = oneBreak(
  'A service responds with an undocumented status.',
  respondWith({ service: 'user-service', path: /^\/users(\?.*)?$/ }, 500, { oops: true }),
  'findings',
);

export const promtoolBreak: Break = {
  defect: 'A service exposes a gauge whose name ends like that of a counter.',
  changes: [
    {
      kind: 'exchange',
      service: 'user-service',
      path: /^\/metrics$/,
      response: ({ body }) => ({
        body: Buffer.from(
          `${body}# HELP open_users_total Users.\n# TYPE open_users_total gauge\nopen_users_total 1\n`,
        ),
      }),
    },
  ],
  violates: ['findings'],
};
