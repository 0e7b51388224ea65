import type { Change } from '../../../harness/engine/index.ts';

/** Changes of what the frontend returns, for the red proofs of checks. */

/** Changes the text of pages. */
export function pageChange(path: RegExp, edit: (html: string) => string): Change {
  return {
    kind: 'exchange',
    service: 'frontend',
    path,
    response: ({ headers, body }) =>
      String(headers['content-type']).startsWith('text/html')
        ? { body: Buffer.from(edit(body.toString('utf8'))) }
        : {},
  };
}

/** Changes headers of responses; `undefined` removes one. */
export function headerChange(
  path: RegExp,
  edit: (
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ) => Record<string, string | string[] | undefined>,
): Change {
  return {
    kind: 'exchange',
    service: 'frontend',
    path,
    response: ({ headers }) => ({ headers: { ...headers, ...edit(headers) } }),
  };
}
