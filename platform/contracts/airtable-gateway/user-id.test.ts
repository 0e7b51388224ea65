import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAirtableUserId, uuidPrefixOf } from './user-id.ts';

describe("a user's id in Airtable's format", () => {
  it('is usr and 14 letters or digits, and gives back the first 80 bits of the uuid', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const id = toAirtableUserId(uuid);
        expect(id).toMatch(/^usr[A-Za-z0-9]{14}$/);
        expect(uuidPrefixOf(id)).toBe(uuid.slice(0, 23));
      }),
    );
  });

  it('stays the same, since clients store it', () => {
    expect(toAirtableUserId('6f1c8e0e-3a52-4c4b-9a56-0d6a5d0c7f21')).toBe('usrCmndgvfSnfDt0S');
  });

  it.each(['usr', 'recAAAAAAAAAAAAAA', 'usr99999999999999', 'usrAAAAAAAAAAAAA-', 'usrAAAAAAAAAAAAAAA'])(
    'is not %s',
    (text) => expect(uuidPrefixOf(text)).toBeUndefined(),
  );
});
