import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak } from '../../kit/breaks.ts';

export const namedIdBreaks: readonly Break[] = [
  oneBreak(
    'A workflow can be stored in the workspace of another tenant.',
    changeStatus({ method: 'POST', path: /^\/api\/workflows$/, status: 404 }, 201),
    'served',
  ),
  oneBreak(
    'Steps act with rights of the service.',
    changeJson({ method: 'GET', path: /^\/api\/executions\/[^/?]+$/ }, (json) => ({
      ...json,
      status: json.status === 'failed' ? 'completed' : json.status,
    })),
    'ran',
  ),
  {
    defect: 'A header chooses the tenant whose workspaces are listed.',
    changes: [
      {
        kind: 'exchange',
        method: 'GET',
        path: /^\/api\/workspaces$/,
        response: ({ body }, { headers }) => {
          const workspace = headers['x-workspace-id'];
          return workspace === undefined
            ? {}
            : { body: Buffer.from(body.toString().replace('[', `[{"id":"${String(workspace)}"},`)) };
        },
      },
    ],
    violates: ['byHeader'],
  },
];
