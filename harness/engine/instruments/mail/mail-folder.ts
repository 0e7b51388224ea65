import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailSource, StoredMail } from './mail-source.ts';

/** Reads the `.eml` files that the platform writes into a folder; names sort by time. */
export function openMailFolder(folder: string): MailSource {
  return {
    async mentioning(address) {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        // The platform creates it with the first mail.
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const complete = names.filter((name) => !name.startsWith('.') && name.endsWith('.eml')).sort();
      const mails: StoredMail[] = [];
      for (const name of complete) {
        const source = await readFile(join(folder, name), 'latin1');
        if (source.toLowerCase().includes(address.toLowerCase())) mails.push({ name, source });
      }
      return mails;
    },
  };
}
