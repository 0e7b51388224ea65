import { z } from 'zod';

/**
 * A password in the form in which it is hashed and compared (RFC 8265, OpaqueString): composed characters (NFC), and
 * every kind of space as U+0020. Keyboards and systems type the same password in different forms. Lengths count this
 * form.
 */
const password = z
  .string()
  .overwrite((typed) => typed.replace(/\p{Zs}/gu, ' ').normalize('NFC'))
  .describe('Compared after Unicode normalisation (RFC 8265)');

/**
 * ASVS 5.0 6.2.1, 6.2.5, 6.2.9: at least 8 characters (15 recommended), at least 64 allowed, any characters, no
 * composition rule. The service rejects common passwords (6.2.4).
 */
export const newPassword = password.min(8).max(128);

/** A password that is compared with the stored one. */
export const currentPassword = password.min(1).max(1024);
