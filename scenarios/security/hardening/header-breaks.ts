import type { Break } from '../../../harness/engine/index.ts';
import { changeHeaders, oneBreak } from '../../kit/breaks.ts';

export const headerBreaks: readonly Break[] = [
  oneBreak(
    'Errors have no header that enforces HTTPS.',
    changeHeaders({ path: /./, status: 404 }, { 'strict-transport-security': undefined }),
    'missing',
  ),
  oneBreak(
    'Pages may run scripts of anybody.',
    changeHeaders(
      { service: 'frontend', path: /^\/auth\/login/ },
      { 'content-security-policy': "default-src * 'unsafe-inline'; object-src 'none'" },
    ),
    'missing',
  ),
  oneBreak(
    'The gateway names its software.',
    changeHeaders({ path: /^\/api\/users\/me$/ }, { 'x-powered-by': 'Express' }),
    'revealing',
  ),
];

export const originBreaks: readonly Break[] = [
  {
    defect: 'Every origin may read responses.',
    changes: [
      {
        kind: 'exchange',
        path: /./,
        response: ({ headers }, request) =>
          request.headers.origin === undefined
            ? {}
            : {
                headers: {
                  ...headers,
                  'access-control-allow-origin': request.headers.origin,
                  'access-control-allow-credentials': 'true',
                },
              },
      },
    ],
    violates: ['allowed', 'withCredentials'],
  },
];
