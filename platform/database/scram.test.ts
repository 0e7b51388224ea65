import { expect, it } from 'vitest';
import { scramVerifier } from './scram.ts';

it('creates the same verifier as PostgreSQL for a password and salt', () => {
  // A published verifier of this password and salt; the integration tests log in with such verifiers.
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

it('rejects a password that would need Unicode preparation', () => {
  expect(() => scramVerifier('pässwort')).toThrow(RangeError);
});
