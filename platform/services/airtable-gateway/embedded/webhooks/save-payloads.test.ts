import { expect, it } from 'vitest';
import type { StoredBase } from '../schema/stored-base.ts';
import { ChangeSet } from './change-set.ts';
import { savePayloads } from './save-payloads.ts';

const base: StoredBase = {
  id: 'appA1b2C3d4E5f6G7',
  name: 'Base',
  workspaceId: '0f6a5c1e-4a52-4c4b-9a56-0d6a5d0c7f22',
  tables: [],
};
const caller = {
  tenantId: 't',
  userId: '6f1c8e0e-3a52-4c4b-9a56-0d6a5d0c7f21',
  email: 'ada@example.com',
  name: 'Ada',
  sessionId: '1f6a5c1e-4a52-4c4b-9a56-0d6a5d0c7f23',
  service: null,
};
const rights = { roleIn: () => 'owner' as const };
const tx = {
  query: () => {
    throw new Error('unexpected query');
  },
};

it('sends no query for a base without webhooks', async () => {
  const changes = new ChangeSet();
  changes.watch(base, { webhooks: [], workflowTables: null });
  changes.recordsCreated('tblA1b2C3d4E5f6G7', ['recA1b2C3d4E5f6G7']);
  await expect(savePayloads(changes, { tx, caller, rights, now: 0 })).resolves.toBe(false);
});

it('sends no query without changes, or when no webhook watches them', async () => {
  const specification = { options: { filters: { dataTypes: ['tableFields' as const] } } };
  const changes = new ChangeSet();
  changes.watch(base, {
    webhooks: [{ id: 'achA1b2C3d4E5f6G7', specification }],
    workflowTables: null,
  });
  await expect(savePayloads(changes, { tx, caller, rights, now: 0 })).resolves.toBe(false);
  changes.recordsCreated('tblA1b2C3d4E5f6G7', ['recA1b2C3d4E5f6G7']);
  await expect(savePayloads(changes, { tx, caller, rights, now: 0 })).resolves.toBe(false);
});
