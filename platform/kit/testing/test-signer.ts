import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { AccessClaims } from '../../contracts/identity.ts';

export interface TestSigner {
  readonly kid: string;
  readonly publicJwk: JWK;
  keyOf(kid: string): Promise<CryptoKey | undefined>;
  /** Signs claims like platform-services. `header` overrides fields of the protected header. */
  sign(claims: Partial<AccessClaims>, header?: Record<string, unknown>): Promise<string>;
}

/** Creates an ES256 key and signs tokens with it, for tests of services that verify tokens. */
export async function createTestSigner(kid = 'test-key'): Promise<TestSigner> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' },
    keyOf: async (wanted) => (wanted === kid ? publicKey : undefined),
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
        .sign(privateKey),
  };
}
