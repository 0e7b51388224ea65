import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesWorkspace, toAirtableWorkspaceId } from './workspace-id.ts';

describe("a workspace's id in Airtable's format", () => {
  it('is wsp and 14 letters or digits, and names this workspace only', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (uuid, other) => {
        const id = toAirtableWorkspaceId(uuid);
        expect(id).toMatch(/^wsp[A-Za-z0-9]{14}$/);
        expect(namesWorkspace(id, uuid)).toBe(true);
        expect(namesWorkspace(uuid.toUpperCase(), uuid)).toBe(true);
        expect(namesWorkspace(id, other)).toBe(uuid.slice(0, 23) === other.slice(0, 23));
      }),
    );
  });

  it('stays the same, since clients store it', () => {
    expect(toAirtableWorkspaceId('6f1c8e0e-3a52-4c4b-9a56-0d6a5d0c7f21')).toBe('wspCmndgvfSnfDt0S');
  });
});
