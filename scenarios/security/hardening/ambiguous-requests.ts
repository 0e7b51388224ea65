/** Bytes that two servers may read as different requests. */
export interface AmbiguousRequest {
  name: string;
  bytes: string;
}

/** A request that is hidden in the body of another one: a proxy that reads the length differently would serve it. */
const hidden = 'GET /api/health HTTP/1.1\r\nhost: hidden\r\n\r\n';

/**
 * Pairs of headers, line ends and lengths that servers disagree about (RFC 9112, 6.1 and 11.2).
 * @param token of the user who sends them
 */
export function ambiguousRequests(token: string): readonly AmbiguousRequest[] {
  const request = (headers: readonly string[], body: string, line = 'PUT /api/users/me HTTP/1.1') =>
    `${[line, 'host: gateway', `authorization: Bearer ${token}`, 'content-type: application/json', ...headers].join('\r\n')}\r\n\r\n${body}`;
  const chunked = `2\r\n{}\r\n0\r\n\r\n${hidden}`;
  return [
    {
      name: 'length and chunks',
      bytes: request(['content-length: 2', 'transfer-encoding: chunked'], chunked),
    },
    {
      name: 'chunks and length',
      bytes: request(['transfer-encoding: chunked', 'content-length: 6'], chunked),
    },
    {
      name: 'two lengths',
      bytes: request(['content-length: 2', `content-length: ${2 + hidden.length}`], `{}${hidden}`),
    },
    {
      name: 'two lengths in one header',
      bytes: request([`content-length: 2, ${2 + hidden.length}`], `{}${hidden}`),
    },
    { name: 'a length with a sign', bytes: request(['content-length: +2'], `{}${hidden}`) },
    { name: 'a hexadecimal length', bytes: request(['content-length: 0x2'], `{}${hidden}`) },
    { name: 'a length with a space before the colon', bytes: request(['content-length : 2'], `{}${hidden}`) },
    { name: 'another coding', bytes: request(['transfer-encoding: xchunked'], chunked) },
    {
      name: 'chunks before another coding',
      bytes: request(['transfer-encoding: chunked, identity'], chunked),
    },
    {
      name: 'chunked twice',
      bytes: request(['transfer-encoding: chunked', 'transfer-encoding: identity'], chunked),
    },
    {
      name: 'a coding with a tab',
      bytes: request(['transfer-encoding:\tchunked', 'content-length: 2'], chunked),
    },
    {
      name: 'a folded header',
      bytes: request(
        ['x-folded: a\r\n transfer-encoding: chunked', 'content-length: 2', 'transfer-encoding: chunked'],
        chunked,
      ),
    },
    {
      name: 'a size of a chunk that is no number',
      bytes: request(['transfer-encoding: chunked'], `zz\r\n{}\r\n0\r\n\r\n${hidden}`),
    },
    {
      name: 'a line feed alone',
      bytes: request(['x-a: b\ncontent-length: 2', 'transfer-encoding: chunked'], chunked),
    },
    {
      name: 'a carriage return within a header',
      bytes: request(
        ['x-a: b\rtransfer-encoding: chunked', 'content-length: 2', 'transfer-encoding: chunked'],
        chunked,
      ),
    },
    { name: 'a zero character in a header', bytes: request(['x-a: b\0c', 'content-length: 2'], `{}`) },
    { name: 'two hosts', bytes: request(['host: other', 'content-length: 2'], '{}') },
    { name: 'a request line without version', bytes: `GET /api/users/me\r\n\r\n` },
    { name: 'a version that does not exist', bytes: request([], '', 'GET /api/users/me HTTP/1.9') },
  ];
}

/** Paths of one route in forms that proxies and services read differently. All name `/api/users/me` or leave it. */
export const ambiguousPaths: readonly string[] = [
  '/api//users/me',
  '//api/users/me',
  '/api/./users/me',
  '/api/auth/../users/me',
  '/api/auth/..%2fusers/me',
  '/api/%2e%2e/api/users/me',
  '/api/users%2fme',
  '/api/users\\me',
  '/api/users/me%00',
  '/api/users/me;x=1',
  '/api/files/..;/users/me',
  '/api/users/me/',
  '/API/users/me',
  '/api/users/me/.',
  '/internal/erasures',
  '/api/auth/../internal/erasures',
  '/api/auth/..%2f..%2finternal/erasures',
  '/api/auth/%2e%2e/%2e%2e/internal/erasures',
  'http://127.0.0.1/api/users/me',
];
