import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts the secret fields of a saga's input, so that any process can run the saga. */
export interface SealedSecrets {
  /** @returns null without secrets */
  seal(sagaId: string, secrets: Record<string, unknown>): Buffer | null;
  /** @throws Error for another key or another saga */
  open(sagaId: string, sealed: Buffer | null): Record<string, unknown>;
}

/** AES-256-GCM with a key derived from the internal key. The saga's id is authenticated with the secrets. */
export function createSealedSecrets(internalKey: string): SealedSecrets {
  const key = Buffer.from(hkdfSync('sha256', internalKey, '', 'saga secrets', 32));
  return {
    seal(sagaId, secrets) {
      if (Object.keys(secrets).length === 0) return null;
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(sagaId));
      const text = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]);
    },
    open(sagaId, sealed) {
      if (sealed === null) return {};
      const [nonce, tag] = [
        sealed.subarray(0, nonceBytes),
        sealed.subarray(nonceBytes, nonceBytes + tagBytes),
      ];
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(sagaId)).setAuthTag(tag);
      const text = Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
      return JSON.parse(text.toString()) as Record<string, unknown>;
    },
  };
}
