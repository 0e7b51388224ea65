import { randomBytes } from 'node:crypto';

/** A random password that needs no quoting in SQL, JSON, a URL or a configuration file. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}
