import type { Change } from '../../harness/engine/index.ts';

/** The body of a successful response as JSON, free to be changed. */
// biome-ignore lint/suspicious/noExplicitAny: breaks change single fields of any response
type Body = any;

/**
 * A change of the JSON of successful responses on their way from the gateway, for breaks. `alter` may change the body in
 * place, or return another one.
 */
export function alteredJson(
  method: string,
  path: RegExp,
  // biome-ignore lint/suspicious/noConfusingVoidType: most alterations change the body in place
  alter: (body: Body, request: { url: string }) => Body | void,
): Change {
  return {
    kind: 'exchange',
    method,
    path,
    response({ status, body }, request) {
      if (status >= 300) return {};
      const json: Body = JSON.parse(body.toString());
      return { body: Buffer.from(JSON.stringify(alter(json, request) ?? json)) };
    },
  };
}
