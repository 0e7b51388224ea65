// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of the platform's source
import type { Break, Change } from '../../../harness/engine/index.ts';

/** Calls of services to each other carry no trace. */
const noTraceBetweenServices: Change = {
  kind: 'source',
  file: 'platform/kit/peers/peer-request.ts',
  find: 'headers: { ...options.headers, ...traceHeaders(span.spanContext()) },',
  replace: 'headers: { ...options.headers },',
};

export const requestBreaks: readonly Break[] = [
  {
    defect: 'The gateway passes no trace on.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/airtable/,
        request: ({ headers: { traceparent: _gone, ...headers } }) => ({ headers }),
      },
    ],
    violates: ['whole', 'roots'],
  },
];

export const chainBreaks: readonly Break[] = [
  {
    defect: 'Services pass no trace on to each other.',
    changes: [noTraceBetweenServices],
    violates: ['broken'],
  },
  {
    defect: 'The service that others call least passes no trace on.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/peers/peer-request.ts',
        find: 'headers: { ...options.headers, ...traceHeaders(span.spanContext()) },',
        replace:
          "headers: { ...options.headers, ...(process.argv.some((argument) => argument.includes('platform-services')) ? {} : traceHeaders(span.spanContext())) },",
      },
    ],
    violates: ['broken', 'pairsWithoutTrace'],
  },
  {
    defect: 'Runs begin a trace of their own.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/durable/run-trace.ts',
        find: 'return span === undefined ? ids : { ...ids, traceparent: formatTraceparent(span) };',
        replace: 'return ids;',
      },
    ],
    violates: ['broken'],
  },
];

export const statementBreaks: readonly Break[] = [
  {
    defect: 'The list of workspaces reads each workspace once more.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/postgres/database.ts',
        find: 'function traced<T>(statement: Statement, work: () => Promise<T>): Promise<T> {',
        replace: `function traced<T>(statement: Statement, work: () => Promise<T>): Promise<T> {
  const done = tracedOnce(statement, work);
  return done.then(async (result) => {
    for (const _row of (result as { rows?: object[] }).rows ?? []) await tracedOnce(statement, async () => undefined);
    return result;
  });
}
function tracedOnce<T>(statement: Statement, work: () => Promise<T>): Promise<T> {`,
      },
    ],
    violates: ['growing'],
  },
];

export const spanBreaks: readonly Break[] = [
  {
    defect: 'The spans of requests have their authorization header.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/service/build-service.ts',
        find: "route: request.routeOptions.url ?? 'unmatched',",
        replace: "route: `${request.routeOptions.url ?? 'unmatched'} ${request.headers.authorization}`,",
      },
    ],
    violates: ['leaks'],
  },
  {
    defect: 'The spans of calls between services have their headers.',
    changes: [
      {
        kind: 'source',
        file: 'platform/kit/peers/peer-request.ts',
        find: "      'peer.service': peer,\n",
        replace:
          "      'peer.service': peer,\n      'http.request.header': JSON.stringify(options.headers ?? {}),\n",
      },
    ],
    violates: ['leaks'],
  },
];
