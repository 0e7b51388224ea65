import { describe, expect, it } from 'vitest';
import { redact, redactText } from './redact.ts';

const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

describe('redacting evidence', () => {
  it.each([
    [{ password: 'x' }, { password: '[redacted]' }],
    [
      { new_password: 'x', email: 'a@b.c' },
      { new_password: '[redacted]', email: 'a@b.c' },
    ],
    [{ headers: { Authorization: 'Bearer abc' } }, { headers: { Authorization: '[redacted]' } }],
    [{ headers: { 'x-internal-key': 'k' } }, { headers: { 'x-internal-key': '[redacted]' } }],
    [{ authorization: ['Bearer a', 'Bearer b'] }, { authorization: ['[redacted]', '[redacted]'] }],
    [
      { token_type: 'Bearer', expires_in: 900 },
      { token_type: 'Bearer', expires_in: 900 },
    ],
    [
      {
        former_secret_until: '2026-11-29T10:05:39.423Z',
        tokenExpiresAt: '2026-11-30',
        'key-expires-in': '60',
      },
      {
        former_secret_until: '2026-11-29T10:05:39.423Z',
        tokenExpiresAt: '2026-11-30',
        'key-expires-in': '60',
      },
    ],
    [
      { latest_secret: 'x', access_token_at_airtable: 'y' },
      { latest_secret: '[redacted]', access_token_at_airtable: '[redacted]' },
    ],
    [{ note: `sent ${token} twice` }, { note: 'sent [redacted] twice' }],
    [null, null],
  ])('redacts credentials in %j', (value, expected) => {
    expect(redact(value)).toEqual(expected);
  });

  it('keeps names and attributes of cookies', () => {
    expect(redact({ 'set-cookie': 'session=abc; Path=/; HttpOnly\nother=; Max-Age=0' })).toEqual({
      'set-cookie': 'session=[redacted]; Path=/; HttpOnly\nother=[redacted]; Max-Age=0',
    });
  });

  it('redacts tokens without a signature, form fields and passwords in URLs', () => {
    expect(redactText('eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. end')).toBe('[redacted] end');
    expect(redactText('email=a&password=b%21&x=1')).toBe('email=a&password=[redacted]&x=1');
    expect(redactText(`key patA1b2C3d4E5f6G7.${'0a'.repeat(32)} end`)).toBe('key [redacted] end');
    expect(redactText('postgres://me:secret@127.0.0.1/db')).toBe('postgres://me:[redacted]@127.0.0.1/db');
  });
});
