import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Age at which unused entries are removed, milliseconds. */
const maxUnusedMs = 7 * 24 * 3_600_000;
/** Age at which incomplete entries are removed, milliseconds. They come from killed processes. */
const maxIncompleteMs = 3_600_000;
const incompletePrefix = '.making-';

/** Folders kept between runs. An entry is complete or absent. Safe for several runs at the same time. */
export class FolderCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The entry's folder, marked as used, or undefined when there is none. */
  async find(key: string): Promise<string | undefined> {
    const entry = join(this.#folder, key);
    const now = new Date();
    try {
      await utimes(entry, now, now);
      return entry;
    } catch {
      return undefined;
    }
  }

  /**
   * Lets `make` fill a new folder, stores it under the key and returns its path. If another process has stored the
   * entry in the meantime, that one is kept.
   */
  async add(key: string, make: (folder: string) => Promise<void>): Promise<string> {
    const entry = join(this.#folder, key);
    const making = join(this.#folder, `${incompletePrefix}${process.pid}-${randomBytes(4).toString('hex')}`);
    await mkdir(making, { recursive: true, mode: 0o755 });
    try {
      await make(making);
      await rename(making, entry);
    } catch (error) {
      await rm(making, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
    await this.#prune();
    return entry;
  }

  /** Removes an entry, e.g. a damaged one. */
  async remove(key: string): Promise<void> {
    await rm(join(this.#folder, key), { recursive: true, force: true });
  }

  async #prune(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (age > (name.startsWith(incompletePrefix) ? maxIncompleteMs : maxUnusedMs))
        await rm(path, { recursive: true, force: true });
    }
  }
}
