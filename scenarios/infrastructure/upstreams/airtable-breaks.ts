import type { Break, Change } from '../../../harness/engine/index.ts';

const sends = 'platform/services/airtable-gateway/remote/airtable-http.ts';

const source = (file: string, find: string, replace: string): Change => ({
  kind: 'source',
  file,
  find,
  replace,
});

export const airtableBreaks: readonly Break[] = [
  {
    defect: 'Requests to Airtable have no time limit.',
    changes: [
      source(
        sends,
        '      url: urlOf(request),\n      timeoutMs,',
        '      url: urlOf(request),\n      timeoutMs: 600_000,',
      ),
    ],
    violates: ['seen', 'slowest'],
  },
  {
    defect: 'The body of a response of Airtable may take any time.',
    changes: [source(sends, 'maxResponseBytes, timeoutMs);', 'maxResponseBytes);')],
    violates: ['seen', 'slowest'],
  },
  {
    defect: 'Retry-After of Airtable is not read.',
    changes: [source(sends, 'retryAfterMs(retryAfter) || 1000 * 2 ** attempt', '100')],
    violates: ['pause', 'repeated', 'retryAfter'],
  },
  {
    defect: 'Requests are sent to Airtable again at once when they fail.',
    changes: [
      source(
        sends,
        '      if (status < 200 || status >= 300) throw toProblem(status, body);',
        '      if (status >= 500 && attempt < 20) continue;\n      if (status < 200 || status >= 300) throw toProblem(status, body);',
      ),
    ],
    violates: ['repeated'],
  },
  {
    defect: 'A response of Airtable that is no JSON is an internal error.',
    changes: [
      source(
        sends,
        '    // Proxies in front of Airtable respond with HTML; then only the status counts.\n    return undefined;',
        "    throw new Error('no JSON');",
      ),
    ],
    violates: ['seen'],
  },
  {
    defect: 'A body that ends too early is an internal error.',
    changes: [source('platform/kit/peers/peer-request.ts', 'ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|', '')],
    violates: ['seen'],
  },
  {
    defect: 'Responses of Airtable are passed on without a look at their form.',
    changes: [
      source(
        sends,
        '      if (!parsed.success) throw new PeerProblem({ peer, status, cause: parsed.error });\n      return parsed.data;',
        '      return (parsed.data ?? body) as never;',
      ),
    ],
    violates: ['seen'],
  },
];
