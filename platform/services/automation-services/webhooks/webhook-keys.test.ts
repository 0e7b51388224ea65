import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { createWebhookKeys } from './webhook-keys.ts';

const log = createLog({ service: 'test', level: 'silent' });
const keys = createWebhookKeys({ internalKey: 'k'.repeat(32), log });
const now = new Date('2026-03-02T06:00:00.000Z');
const workflow_id = randomUUID();
const [key, former] = [keys.make(), keys.make()];
const webhook = {
  tenant_id: randomUUID(),
  workflow_id,
  secret: keys.seal(workflow_id, key),
  former_secret: keys.seal(workflow_id, former),
  former_until: '2026-03-02T06:00:01.000Z',
};

it('compares a message with two keys, whether a webhook has two, one or none', () => {
  expect(keys.keysOf(webhook, now)).toEqual([key, former]);
  const withoutFormer = keys.keysOf({ ...webhook, former_secret: null, former_until: null }, now);
  const unknown = keys.keysOf(undefined, now);
  expect([withoutFormer.length, unknown.length]).toEqual([2, 2]);
  expect(withoutFormer[0]).toEqual(key);
  for (const decoy of [withoutFormer[1], ...unknown]) {
    expect(decoy).toHaveLength(key.length);
    expect([key, former]).not.toContainEqual(decoy);
  }
});

it('does not use a former key from the moment at which it ends', () => {
  expect(keys.keysOf(webhook, new Date(webhook.former_until))).not.toContainEqual(former);
});

it('has no valid key once the internal key has changed', () => {
  const changed = createWebhookKeys({ internalKey: 'n'.repeat(32), log });
  const opened = changed.keysOf(webhook, now);
  expect(opened).toHaveLength(2);
  expect(opened).not.toContainEqual(key);
});
