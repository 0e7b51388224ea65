import { hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { decrypt, encrypt } from '../../../kit/auth/encryption.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { FoundWebhook } from './store-webhooks.ts';

/** Length of the keys that sign messages, bytes. */
const keyBytes = 32;

/** Makes and encrypts the keys that sign messages. */
export interface WebhookKeys {
  make(): Buffer;
  /** Encrypts the key of a workflow's webhook. */
  seal(workflowId: string, key: Buffer): Buffer;
  /**
   * The keys with which messages to a webhook may be signed, always two: keys that nobody has stand for those that do not
   * exist. So the response to an unknown webhook takes the time of one to a wrong signature.
   */
  keysOf(webhook: FoundWebhook | undefined, now: Date): Buffer[];
}

/**
 * AES-256-GCM with a key derived from the internal key, and the workflow's id authenticated. When the internal key changes,
 * no signature is valid until the webhook gets a new secret.
 */
export function createWebhookKeys({ internalKey, log }: { internalKey: string; log: Log }): WebhookKeys {
  const sealing = Buffer.from(hkdfSync('sha256', internalKey, '', 'workflow webhooks', keyBytes));
  const decoy = { workflow: randomUUID(), key: randomBytes(keyBytes) };
  const sealedDecoy = encrypt(sealing, decoy.workflow, decoy.key);

  function open(workflowId: string, sealed: Buffer): Buffer {
    try {
      return decrypt(sealing, workflowId, sealed);
    } catch {
      log.warn(
        { workflow_id: workflowId },
        'the secret of a webhook cannot be decrypted; it needs a new one',
      );
      return decoy.key;
    }
  }

  return {
    make: () => randomBytes(keyBytes),
    seal: (workflowId, key) => encrypt(sealing, workflowId, key),
    keysOf(webhook, now) {
      const workflow = webhook?.workflow_id ?? decoy.workflow;
      const isFormerValid =
        webhook !== undefined &&
        webhook.former_until !== null &&
        Date.parse(webhook.former_until) > now.getTime();
      const former = isFormerValid ? webhook.former_secret : null;
      return [
        open(workflow, webhook?.secret ?? sealedDecoy),
        former === null ? open(decoy.workflow, sealedDecoy) : open(workflow, former),
      ];
    },
  };
}
