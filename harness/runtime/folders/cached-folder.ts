import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries nobody has used for this long are removed, milliseconds. */
const keptMs = 7 * 24 * 3_600_000;
/** Half-made entries of processes that died are removed after this long, milliseconds. */
const halfMadeMs = 3_600_000;
const halfMadePrefix = '.making-';

/** Folders kept between runs, each made whole or not at all, safe with several runs at once. */
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
   * Lets `make` fill a new folder and keeps it under the key. When another process was faster, its entry counts.
   * Returns the entry's folder.
   */
  async add(key: string, make: (folder: string) => Promise<void>): Promise<string> {
    const entry = join(this.#folder, key);
    const making = join(this.#folder, `${halfMadePrefix}${process.pid}-${randomBytes(4).toString('hex')}`);
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

  /** Forgets an entry that turned out to be of no use. */
  async remove(key: string): Promise<void> {
    await rm(join(this.#folder, key), { recursive: true, force: true });
  }

  async #prune(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (age > (name.startsWith(halfMadePrefix) ? halfMadeMs : keptMs))
        await rm(path, { recursive: true, force: true });
    }
  }
}
