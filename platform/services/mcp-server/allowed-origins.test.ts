import { expect, it } from 'vitest';
import { allowedOriginsVariable, isAllowedOrigin } from './allowed-origins.ts';

it.each([
  [undefined, true],
  ['http://localhost:3000', true],
  ['http://127.0.0.1:41234', true],
  ['http://[::1]:3000', true],
  ['http://localhost', true],
  ['http://evil.example', false],
  ['http://localhost.evil.example:3000', false],
  ['http://localhost:3000.evil.example', false],
  ['https://localhost:3000', false],
  ['null', false],
  ['', false],
])('allows %j by default: %s', (origin, allowed) => {
  expect(isAllowedOrigin(allowedOriginsVariable.parse(undefined), origin)).toBe(allowed);
});

it('allows exactly the configured origins', () => {
  const allowed = allowedOriginsVariable.parse('https://app.example.com, http://localhost:*');
  const seen = [
    'https://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:1',
    'http://127.0.0.1',
  ];
  expect(seen.filter((origin) => isAllowedOrigin(allowed, origin))).toEqual([
    'https://app.example.com',
    'http://localhost:1',
  ]);
});

it('rejects a configured origin with a path', () => {
  expect(allowedOriginsVariable.safeParse('https://app.example.com/').success).toBe(false);
});
