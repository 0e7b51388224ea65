import { problem } from '../../../kit/http/problem.ts';

/**
 * What a path must not contain: empty segments, backslashes, encoded slashes, backslashes or NUL, and dot segments
 * in any spelling, also with a path parameter (`..;x`). Proxies and services read such paths differently, and
 * attackers use the difference to bypass access rules.
 */
const ambiguous = /\/\/|\\|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:[;/]|%3b|$)/i;
/** Characters of a valid request target; Node's parser accepts some raw bytes too. */
const printable = /^\/[\x21-\x7e]*$/;

/** Whether every program reads the path of a request target (its part before `?`) in the same way. */
export function isUnambiguousPath(target: string): boolean {
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  return printable.test(target) && !path.includes('#') && !ambiguous.test(path);
}

/** @throws ProblemError `malformed_request` */
export function assertUnambiguousPath(target: string): void {
  if (!isUnambiguousPath(target)) throw problem('malformed_request', { message: 'The path is ambiguous.' });
}
