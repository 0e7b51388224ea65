import type { Break, ProxiedRequest } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

/** Sends a write of records on with another method. */
const sentAs = (method: string, as: string, path: RegExp) => ({
  kind: 'exchange' as const,
  method,
  path,
  request: () => ({ method: as }),
});

/** Sends on only what a part of the body says. */
const changedBody = (method: string, path: RegExp, change: (body: Record<string, unknown>) => void) => ({
  kind: 'exchange' as const,
  method,
  path,
  request({ body }: Pick<ProxiedRequest, 'body'>) {
    const json = JSON.parse(body.toString()) as Record<string, unknown>;
    change(json);
    return { body: Buffer.from(JSON.stringify(json)) };
  },
});

const one = /\/Rows\/rec/;
const many = /\/Rows$/;

export const writeBreaks: readonly Break[] = [
  {
    defect: 'A change of one record clears its other fields.',
    changes: [sentAs('PATCH', 'PUT', one)],
    violates: ['patchOne'],
  },
  {
    defect: 'Replacing a record keeps its other fields.',
    changes: [sentAs('PUT', 'PATCH', one)],
    violates: ['putOne'],
  },
  {
    defect: 'Replacing several records keeps their other fields.',
    changes: [sentAs('PUT', 'PATCH', many)],
    violates: ['putMany', 'upsertReplaces'],
  },
  {
    defect: 'The option typecast is ignored.',
    changes: [
      changedBody('POST', many, (body) => {
        delete body.typecast;
      }),
    ],
    violates: ['typecast'],
  },
  {
    defect: 'An upsert reports created records as updated.',
    changes: [
      alteredJson('PATCH', many, (body) => {
        if ('createdRecords' in body) body.updatedRecords = [...body.createdRecords, ...body.updatedRecords];
      }),
    ],
    violates: ['upserted'],
  },
  {
    defect: 'Deleting several records keeps the last one.',
    changes: [
      {
        kind: 'exchange',
        method: 'DELETE',
        path: /\/Rows\?/,
        request: ({ url }) => ({ url: url.replace(/&records\[\]=[^&]*$/, '') }),
      },
    ],
    violates: ['deletedMany'],
  },
];
