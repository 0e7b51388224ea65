import { hkdfSync } from 'node:crypto';
import { decrypt, encrypt } from '../../../kit/auth/encryption.ts';

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
      return encrypt(key, sagaId, Buffer.from(JSON.stringify(secrets)));
    },
    open(sagaId, sealed) {
      if (sealed === null) return {};
      return JSON.parse(decrypt(key, sagaId, sealed).toString()) as Record<string, unknown>;
    },
  };
}
