import { problem } from '../../../kit/http/problem.ts';

/**
 * What a path may not contain: empty segments, backslashes, encoded slashes, backslashes or NUL, and dot segments
 * in any spelling, also with a path parameter behind (`..;x`). Proxies and services read such paths differently,
 * which is how guards are walked around.
 */
const ambiguous = /\/\/|\\|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:[;/]|%3b|$)/i;
/** What a request line may hold; Node's parser lets some raw bytes through. */
const printable = /^\/[\x21-\x7e]*$/;

/** Whether the path of a request target (its part before `?`) has one meaning for everybody who reads it. */
export function isUnambiguousPath(target: string): boolean {
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  return printable.test(target) && !path.includes('#') && !ambiguous.test(path);
}

/** @throws ProblemError `malformed_request` */
export function assertUnambiguousPath(target: string): void {
  if (!isUnambiguousPath(target))
    throw problem('malformed_request', { message: 'The path can be read in more than one way.' });
}
