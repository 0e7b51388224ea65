import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redact, redactText } from './redact.ts';

/** The part of every secret here that must not appear in any output. */
const marker = 'Kestrel0123';
const part = fc.string({ unit: 'binary-ascii', maxLength: 12 });
/** Secrets with any characters around the marker: quotes, backslashes, control characters. */
const secret = fc.tuple(part, part).map(([before, after]) => `${before}${marker}${after}`);
const name = fc.constantFrom(
  'password',
  'new_password',
  'accessToken',
  'refresh_token',
  'api_key',
  'x-internal-key',
  'client_secret',
);
const depth = fc.nat({ max: 4 });

/** JSON inside of JSON. */
function nest(value: unknown, levels: number): string {
  const text = JSON.stringify(value);
  return levels === 0 ? text : nest({ body: text, after: 'kept' }, levels - 1);
}

function unnest(text: string, levels: number): unknown {
  const value = JSON.parse(text);
  if (levels === 0) return value;
  expect(value.after).toBe('kept');
  return unnest(value.body, levels - 1);
}

it('hides a value in JSON at any depth of escaping and leaves everything else as it is', () => {
  fc.assert(
    fc.property(secret, name, depth, (value, key, levels) => {
      const text = redactText(nest({ before: 'kept', [key]: value, after: ['kept', 7] }, levels));
      expect(unnest(text, levels)).toEqual({ before: 'kept', [key]: '[redacted]', after: ['kept', 7] });
    }),
  );
});

it('hides every value of a list under the name of a secret', () => {
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), depth, (values, levels) => {
      const text = redactText(nest({ cookie: values, after: 'kept' }, levels));
      expect(unnest(text, levels)).toEqual({ cookie: values.map(() => '[redacted]'), after: 'kept' });
    }),
  );
});

it('hides a value in a line that was cut off', () => {
  fc.assert(
    fc.property(secret, name, depth, fc.nat(), (value, key, levels, cut) => {
      const text = nest({ [key]: value, after: 'kept' }, levels);
      expect(redactText(text.slice(0, cut % (text.length + 1)))).not.toContain(marker);
    }),
  );
});

it('hides a value in percent-encoded JSON, forms and query strings, encoded up to three times', () => {
  const encodings = [
    (key: string, value: string) => encodeURIComponent(JSON.stringify({ a: 'b', [key]: value, c: 'd' })),
    (key: string, value: string) => new URLSearchParams({ a: 'b', [key]: value, c: 'd' }).toString(),
    (key: string, value: string) => `https://host/path?${new URLSearchParams({ [key]: value, c: 'd' })}`,
    (key: string, value: string) => new URLSearchParams({ [`user[${key}]`]: value }).toString(),
  ];
  fc.assert(
    fc.property(
      secret,
      name,
      fc.constantFrom(...encodings),
      fc.nat({ max: 2 }),
      depth,
      (value, key, encode, times, levels) => {
        let text = encode(key, value);
        for (let time = 0; time < times; time += 1) text = encodeURIComponent(text);
        expect(redactText(nest({ url: text }, levels))).not.toContain(marker);
        expect(redactText(`GET /?next=${text} HTTP/1.1`)).not.toContain(marker);
      },
    ),
  );
});

it('hides the credentials of Basic authentication', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), depth, (user, password, levels) => {
      const encoded = Buffer.from(`${user}:${password}`).toString('base64');
      for (const text of [nest([`Basic ${encoded}`], levels), `sent basic  ${encoded}`])
        expect(redactText(text)).not.toContain(encoded);
    }),
  );
});

it('hides JSON with a secret in base64', () => {
  fc.assert(
    fc.property(secret, name, (value, key) => {
      const encoded = Buffer.from(JSON.stringify({ [key]: value })).toString('base64');
      expect(redactText(`payload ${encoded} end`)).toBe('payload [redacted] end');
    }),
  );
});

it('changes nothing twice, and nothing without a secret', () => {
  const plain = fc
    .stringMatching(/^[a-z0-9 :/?&%=_.,{}"\\-]{0,60}$/)
    .filter((text) => !/key|pa|pw/.test(text));
  fc.assert(
    fc.property(plain, secret, name, depth, (text, value, key, levels) => {
      const calm = text.replaceAll(/token|secret|cookie|auth|cred|jwt|priv|:\/\//g, '');
      expect(redactText(calm)).toBe(calm);
      const once = redactText(nest({ text, [key]: value }, levels));
      expect(redactText(once)).toBe(once);
    }),
  );
});

it.each([
  ["{ password: 'hun\\'ter2', x: 1 }", "{ password: '[redacted]', x: 1 }"],
  ["{'api_key': 'hunter2', 'x': 1}", "{'api_key': '[redacted]', 'x': 1}"],
  ["Map(1) { 'password' => 'hunter2' }", "Map(1) { 'password' => '[redacted]' }"],
  ['&quot;password&quot;:&quot;hunter2&quot;', '&quot;password&quot;:&quot;[redacted]&quot;'],
  ['password: hunter2', 'password: [redacted]'],
  ['password: required', 'password: required'],
  ['max_tokens=100&tokens=7', 'max_tokens=100&tokens=7'],
  ['Cookie: sid=abc; b=2\nHost: a', 'Cookie: [redacted]\nHost: a'],
  ['["authorization","hunter2"]', '["authorization","[redacted]"]'],
  ['postgres://me:p@ss@host/db', 'postgres://me:[redacted]@host/db'],
  ['key AIzaSyA1234567890123456789012345678901', 'key [redacted]'],
  [`pat1234567890abcd.${'0f'.repeat(32)} end`, '[redacted] end'],
  ['{"pem":"-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----"}', '{"pem":"[redacted]"}'],
])('redacts %s', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

it('reads a long line of anything in a time that grows with its length only', () => {
  // Quadratic time would exceed the time limit of a test.
  const long = ['a-', 'token', '\\', '%22', '"', '=', 'a.', 'http://'].map((text) => text.repeat(16_000));
  for (const text of long) expect(redactText(`password=hunter2 ${text}`)).toContain('password=[redacted]');
});

it('reports kinds and never the secret', () => {
  const kinds: string[] = [];
  redactText('{"password":"hunter2","a":"Bearer abcdefgh"} postgres://me:pw@host/', (kind) =>
    kinds.push(kind),
  );
  expect(kinds.sort()).toEqual(['bearer token', 'password', 'password in a URL']);
});

it('redacts escaped JSON inside of evidence', () => {
  expect(redact({ body: JSON.stringify({ password: 'hunter2' }) })).toEqual({
    body: '{"password":"[redacted]"}',
  });
});
