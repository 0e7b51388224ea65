import { problem } from '../../../kit/http/problem.ts';

/**
 * What a path must not contain: empty segments, backslashes, encoded slashes, backslashes or NUL, and dot segments
 * in any spelling, also with a path parameter (`..;x`). Proxies and services read such paths differently, and
 * attackers use the difference to bypass access rules.
 */
const ambiguous = /\/\/|\\|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:[;/]|%3b|$)/i;
/**
 * Airtable's paths, in which names of tables may contain slashes. The service's router decodes a segment only after it
 * has found the route, so an encoded slash cannot lead elsewhere.
 */
const namesTables = /^\/api(?:\/v1)?\/airtable\/(?:v0|bases)\//;
const encodedSlash = /%2f|%5c/gi;
const dotSegment = /(?:^|\/)\.{1,2}(?:[;/]|%3b|$)/i;

/** Characters of a valid request target; Node's parser accepts some raw bytes too. */
const printable = /^\/[\x21-\x7e]*$/;

/** Whether every program reads the path of a request target (its part before `?`) in the same way. */
export function isUnambiguousPath(target: string): boolean {
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  if (!printable.test(target) || path.includes('#')) return false;
  if (!ambiguous.test(path)) return true;
  if (!namesTables.test(path)) return false;
  // A name such as `../x` stays forbidden: a program behind the service could follow it.
  const decoded = path.replaceAll(/%2e/gi, '.').replaceAll(encodedSlash, '/');
  return !dotSegment.test(decoded) && !ambiguous.test(path.replaceAll(encodedSlash, '-'));
}

/** @throws ProblemError `malformed_request` */
export function assertUnambiguousPath(target: string): void {
  if (!isUnambiguousPath(target)) throw problem('malformed_request', { message: 'The path is ambiguous.' });
}

/**
 * A request names one host (RFC 9112, 3.2): of two, a proxy may route by one and a service by the other.
 * @param rawHeaders names and values in turn, as received
 * @throws ProblemError `malformed_request`
 */
export function assertOneHost(rawHeaders: readonly string[]): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) throw problem('malformed_request', { message: 'The request names more than one host.' });
}
