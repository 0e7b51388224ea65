import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { bearerToken, tokenOf } from './access.ts';

const request = (...values: string[]) =>
  ({
    headers: { authorization: values[0] },
    rawHeaders: values.flatMap((value) => ['Authorization', value]),
  }) as unknown as IncomingMessage;

it.each(['Bearer a.b.c', 'Bearer  a.b.c', 'bearer a.b.c', 'BEARER     a.b.c'])(
  'reads the token of %j (RFC 9110 11.4)',
  (header) => {
    expect(bearerToken(request(header))).toBe('a.b.c');
    expect(tokenOf(header)).toBe('a.b.c');
  },
);

it.each([
  'Bearer',
  'Bearer ',
  'Bearer   ',
  'Bearer\ta.b.c',
  'Bearera.b.c',
  'Bearer a b',
  'Basic a.b.c',
  'a.b.c',
])('finds no token in %j', (header) => {
  expect(() => bearerToken(request(header))).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
  expect(tokenOf(header)).toBeUndefined();
});

it('rejects two Authorization headers', () => {
  expect(() => bearerToken(request('Bearer a.b.c', 'Bearer d.e.f'))).toThrow(
    expect.objectContaining({ code: 'unauthenticated' }),
  );
});
