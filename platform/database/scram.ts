import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** PostgreSQL's own default of `scram_iterations`. */
const iterations = 4096;

/**
 * Creates the verifier that PostgreSQL stores for a password (RFC 5803:
 * `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`). Passwords must be ASCII: others would need SASLprep first.
 * @throws RangeError for a password with other characters
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new RangeError('service passwords must be printable ASCII');
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const mac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(mac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${mac('Server Key').toString('base64')}`;
}
