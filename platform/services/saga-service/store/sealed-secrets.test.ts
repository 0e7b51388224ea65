import { expect, it } from 'vitest';
import { createSealedSecrets } from './sealed-secrets.ts';

const secrets = { password: 'a very secret password' };
const sealed = createSealedSecrets('key one');

it('opens what it sealed, and stores no plain text', () => {
  const box = sealed.seal('saga', secrets);
  expect(box?.toString('latin1')).not.toContain('secret');
  expect(sealed.open('saga', box)).toEqual(secrets);
});

it('seals nothing without secrets', () => {
  expect([sealed.seal('saga', {}), sealed.open('saga', null)]).toEqual([null, {}]);
});

it.each([
  ['another saga', sealed, 'other'],
  ['another key', createSealedSecrets('key two'), 'saga'],
])('does not open them for %s', (_what, opener, id) => {
  const box = sealed.seal('saga', secrets);
  expect(() => opener.open(id, box)).toThrow();
});
