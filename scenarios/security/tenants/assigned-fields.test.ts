import { expect, it } from 'vitest';
import { assignedIn, privilegedFields } from './assigned-fields.ts';

const foreign = { userId: 'user-of-another', tenantId: 'tenant-of-another' };

it('finds every assigned value but roles and flags, wherever it is stored', () => {
  const stored = { list: [privilegedFields(foreign)] };
  expect(assignedIn(stored, foreign)).toEqual(
    expect.arrayContaining(['list.0.tenant_id', 'list.0.owner_id', 'list.0.created_at', 'list.0.version']),
  );
});

it('finds nothing in an object that the platform has filled in', () => {
  expect(assignedIn({ tenant_id: 'own', version: 2, role: 'admin', name: null }, foreign)).toEqual([]);
});
